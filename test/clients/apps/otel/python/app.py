"""The Python application of the conformance tests with OpenTelemetry.

Flask, an HTTP client, a SQL database and a DynamoDB client, all instrumented from
the command line. The tests describe what each path does.
"""
import json
import os
import sqlite3

import boto3
import requests
from flask import Flask, request
from opentelemetry import trace
from opentelemetry.trace import SpanContext, TraceFlags

tracer = trace.get_tracer("radiograph.test/clients/otel")
app = Flask(__name__)
carts = boto3.client("dynamodb")


def call_next(urls):
    """Calls the first of a comma-separated list and hands it the rest."""
    if not urls:
        return
    first, _, rest = urls.partition(",")
    requests.get(f"{first}/order?next={rest}", timeout=20).raise_for_status()


def query():
    db = sqlite3.connect("orders.db")
    # Calls of a cursor are traced, those of a connection are not.
    cursor = db.cursor()
    cursor.execute("SELECT 1 + 1").fetchone()
    db.close()


@app.get("/order")
def order():
    """Says what it knows of the order, asks the databases, calls the next application."""
    span = trace.get_current_span()
    span.set_attributes({
        "language": "python", "items": 3, "express": True,
        "aws.xray.annotations": ["language", "items", "express"],
        "aws.xray.metadata.order": json.dumps({"basket": {"sku": "A-1", "count": 3}}),
        "enduser.id": "user-python",
    })
    span.add_event("packed", {"parcels": 2})
    reordered = SpanContext(
        0xAB000000000000000000000000000001, 0xCD00000000000002,
        is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    span.add_link(reordered, {"reason": "reorder"})
    query()
    carts.get_item(TableName="carts", Key={"id": {"S": "1"}})
    call_next(request.args.get("next"))
    return "ok\n"


@app.get("/fail")
def fail():
    with tracer.start_as_current_span("charge"):
        raise ValueError("card declined")


if __name__ == "__main__":
    host, port = os.environ["LISTEN"].rsplit(":", 1)
    app.run(host=host, port=int(port), threaded=True)
