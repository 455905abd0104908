"""The Python application of the client conformance tests.

Flask with the X-Ray SDK for Python around its routes, its HTTP client, its SQL
database and its DynamoDB client. The tests describe what each path does.
"""
import os
import sqlite3

import boto3
import requests
from aws_xray_sdk.core import patch, xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask, request

patch(["botocore", "requests", "sqlite3"])
xray_recorder.configure(service=os.environ["SERVICE"])

app = Flask(__name__)
XRayMiddleware(app, xray_recorder)
carts = boto3.client("dynamodb")


def call_next(urls):
    """Calls the first of a comma-separated list and hands it the rest."""
    if not urls:
        return
    first, _, rest = urls.partition(",")
    requests.get(f"{first}/order?next={rest}", timeout=20).raise_for_status()


def query():
    # The SDK does not trace what runs inside "with connect(...)".
    db = sqlite3.connect("orders.db")
    db.execute("SELECT 1 + 1").fetchone()
    db.close()


@app.get("/order")
def order():
    """Annotates the segment, asks the databases, calls the next application."""
    segment = xray_recorder.current_segment()
    segment.put_annotation("language", "python")
    segment.put_annotation("items", 3)
    segment.put_annotation("express", True)
    segment.put_metadata("basket", {"sku": "A-1", "count": 3}, "order")
    segment.set_user("user-python")
    query()
    carts.get_item(TableName="carts", Key={"id": {"S": "1"}})
    call_next(request.args.get("next"))
    return "ok\n"


@app.get("/fail")
def fail():
    with xray_recorder.in_subsegment("charge"):
        raise ValueError("card declined")


@app.get("/unsampled")
def unsampled():
    return "ok\n"


if __name__ == "__main__":
    host, port = os.environ["LISTEN"].rsplit(":", 1)
    app.run(host=host, port=int(port), threaded=True)
