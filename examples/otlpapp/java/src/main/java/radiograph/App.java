package radiograph;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * An application without a word of tracing. It is traced by an annotation on its pods.
 *
 * <p>{@code GET /outgoing-http-call} calls {@code TARGET_URL}; {@code GET /aws-sdk-call} lists the
 * buckets of S3, or of what {@code AWS_ENDPOINT_URL_S3} names. {@code LISTEN_PORT} is the port, 4567
 * when it is not set.
 */
public final class App {
    private static final URI TARGET = URI.create(env("TARGET_URL", "https://aws.amazon.com/"));
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final S3Client S3 = S3Client.builder().forcePathStyle(true).build();

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(env("LISTEN_PORT", "4567"));
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.createContext("/", exchange -> answer(exchange, "/", () -> "ok"));
        server.createContext("/outgoing-http-call", exchange -> answer(exchange, "/outgoing-http-call", App::call));
        server.createContext("/aws-sdk-call", exchange -> answer(exchange, "/aws-sdk-call", App::buckets));
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(1)));
    }

    private static String call() throws IOException, InterruptedException {
        HttpResponse<Void> response =
                HTTP.send(HttpRequest.newBuilder(TARGET).build(), HttpResponse.BodyHandlers.discarding());
        return TARGET + " answered " + response.statusCode();
    }

    private static String buckets() {
        return S3.listBuckets().buckets().size() + " buckets";
    }

    /** answer answers with what the handler returns, and with 502 when it fails. */
    private static void answer(HttpExchange exchange, String path, Callable<String> handler) throws IOException {
        int status = 200;
        String text;
        if (!exchange.getRequestURI().getPath().equals(path)) {
            status = 404;
            text = "not found";
        } else {
            try {
                text = handler.call();
            } catch (Exception e) {
                e.printStackTrace();
                status = 502;
                text = "what this application called failed";
            }
        }
        byte[] body = (text + "\n").getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static String env(String name, String fallback) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? fallback : value;
    }

    private App() {
    }
}
