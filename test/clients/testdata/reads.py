"""Calls every read operation of the X-Ray API with boto3, paginators included.

usage: reads.py ENDPOINT REGION GROUP GROUP_ARN TRACE_ID...

Prints the names of the operations that were called, one per line. Any wrong
answer ends the program with a traceback.
"""
import datetime
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, region, group, group_arn, *traces = sys.argv[1:]
xray = boto3.client("xray", endpoint_url=endpoint, region_name=region,
                    config=Config(retries={"total_max_attempts": 1}))
now = datetime.datetime.now(datetime.timezone.utc)
span = {"StartTime": now - datetime.timedelta(minutes=10), "EndTime": now + datetime.timedelta(minutes=3)}
called = set()


def call(operation, **arguments):
    called.add(operation)
    return getattr(xray, operation)(**arguments)


def pages(operation, key, **arguments):
    """All items of a paginated operation."""
    called.add(operation)
    assert xray.can_paginate(operation), operation
    return xray.get_paginator(operation).paginate(**arguments).build_full_result().get(key, [])


def refused(operation, code, **arguments):
    """The operation has to be refused with an error of the given name."""
    try:
        call(operation, **arguments)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        assert e.response["Error"]["Message"], e
        assert e.response["ResponseMetadata"]["RequestId"], e
        return
    raise AssertionError(f"{operation} was not refused")


def check_traces():
    found = pages("batch_get_traces", "Traces", TraceIds=traces)
    assert sorted(t["Id"] for t in found) == sorted(traces), found
    for trace in found:
        assert trace["Duration"] == 0.5, trace
        names = {json.loads(s["Document"])["name"] for s in trace["Segments"]}
        assert names == {"web", "pay"}, names

    found = pages("get_trace_summaries", "TraceSummaries", **span)
    assert sorted(s["Id"] for s in found) == sorted(traces), found
    found = pages("get_trace_summaries", "TraceSummaries", FilterExpression="fault", **span)
    assert [s["Id"] for s in found] == traces[:1], found
    assert found[0]["HasFault"] is True and found[0]["FaultRootCauses"], found
    for kind in "TraceId", "Event", "Service":
        found = pages("get_trace_summaries", "TraceSummaries", TimeRangeType=kind,
                      FilterExpression='annotation.tier = "gold"', **span)
        assert len(found) == len(traces), (kind, found)
    refused("get_trace_summaries", "InvalidRequestException", FilterExpression="no such thing(", **span)


def check_graphs():
    names = {s["Name"] for s in pages("get_service_graph", "Services", **span)}
    assert names == {"web", "pay"}, names
    names = {s["Name"] for s in pages("get_service_graph", "Services", GroupName=group, **span)}
    assert names == {"web", "pay"}, names
    services = pages("get_trace_graph", "Services", TraceIds=traces[:1])
    assert {s["Name"] for s in services} == {"web", "pay"}, services
    series = pages("get_time_series_service_statistics", "TimeSeriesServiceStatistics", Period=60,
                   EntitySelectorExpression='service("web")', **span)
    total = sum(s["ServiceSummaryStatistics"]["TotalCount"] for s in series)
    assert total == len(traces), series
    refused("get_service_graph", "InvalidRequestException", GroupName="unknown", **span)


def check_configuration():
    assert [g["GroupName"] for g in pages("get_groups", "Groups")] == ["Default", group]
    assert call("get_group", GroupName=group)["Group"]["GroupARN"] == group_arn
    tags = pages("list_tags_for_resource", "Tags", ResourceARN=group_arn)
    assert tags == [{"Key": "team", "Value": "shop"}], tags
    refused("list_tags_for_resource", "ResourceNotFoundException", ResourceARN=group_arn + "x")

    rules = [r["SamplingRule"]["RuleName"] for r in pages("get_sampling_rules", "SamplingRuleRecords")]
    assert rules == ["never", "always", "Default"], rules
    targets = call("get_sampling_targets", SamplingStatisticsDocuments=[{
        "RuleName": "always", "ClientID": "0123456789abcdef01234567", "Timestamp": now,
        "RequestCount": 10, "SampledCount": 10, "BorrowCount": 0}])
    assert targets["LastRuleModification"] <= now + datetime.timedelta(minutes=1), targets
    assert [t["RuleName"] for t in targets["SamplingTargetDocuments"]] == ["always"], targets
    assert targets["UnprocessedStatistics"] == [], targets
    for item in pages("get_sampling_statistic_summaries", "SamplingStatisticSummaries"):
        assert item["Timestamp"], item

    assert call("get_encryption_config")["EncryptionConfig"]["Status"] == "ACTIVE"
    policies = pages("list_resource_policies", "ResourcePolicies")
    assert [p["PolicyName"] for p in policies] == ["share"], policies
    assert call("get_trace_segment_destination")["Destination"] in ("XRay", "CloudWatchLogs")
    assert [r["Name"] for r in call("get_indexing_rules")["IndexingRules"]] == ["Default"]


def check_insights():
    found = call("get_insight_summaries", GroupName="Default", **span)
    assert found["InsightSummaries"] == [], found
    unknown = "01234567-89ab-4def-8123-456789abcdef"
    refused("get_insight", "InvalidRequestException", InsightId=unknown)
    refused("get_insight_events", "InvalidRequestException", InsightId=unknown)
    refused("get_insight_impact_graph", "InvalidRequestException", InsightId=unknown, **span)


def check_retrieval():
    token = call("start_trace_retrieval", TraceIds=traces[:2], **span)["RetrievalToken"]
    found = call("list_retrieved_traces", RetrievalToken=token, TraceFormat="XRAY")
    assert found["RetrievalStatus"] == "COMPLETE", found
    assert sorted(t["Id"] for t in found["Traces"]) == sorted(traces[:2]), found
    graph = call("get_retrieved_traces_graph", RetrievalToken=token)
    assert {s["Service"]["Name"] for s in graph["Services"]} == {"web", "pay"}, graph
    call("cancel_trace_retrieval", RetrievalToken=token)
    refused("list_retrieved_traces", "ResourceNotFoundException", RetrievalToken="unknown")


check_traces()
check_graphs()
check_configuration()
check_insights()
check_retrieval()

reads = {o for o in (xray.meta.method_to_api_mapping) if o.startswith(("get_", "list_", "batch_get_"))}
assert reads <= called, sorted(reads - called)
print("\n".join(sorted(called)))
