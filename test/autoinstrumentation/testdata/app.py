"""An application without a word of tracing: the Python one of examples/otlpapp's kind."""
import http.server
import os
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/outgoing-http-call":
            with urllib.request.urlopen(os.environ["TARGET_URL"], timeout=20) as answer:
                answer.read()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok\n")


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["LISTEN_PORT"])), Handler).serve_forever()
