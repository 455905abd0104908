"""The sampler of X-Ray's central rules, for OTEL_TRACES_SAMPLER=xray.

OTEL_TRACES_SAMPLER_ARG is endpoint=http://collector:2000,polling_interval=300, as in the
other languages. The sampler itself is that of AWS's distribution.
"""
from logging import getLogger

from amazon.opentelemetry.distro.sampler import _aws_xray_sampling_client as client
from amazon.opentelemetry.distro.sampler.aws_xray_remote_sampler import AwsXRayRemoteSampler
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.sampling import ParentBased

_logger = getLogger(__name__)


class _Untraced(client.requests.Session):
    """Asks for rules without making spans of that."""

    def request(self, *args, **kwargs):
        with suppress_instrumentation():
            return super().request(*args, **kwargs)


def _options(argument):
    """Reads key=value,key=value."""
    pairs = (pair.partition("=") for pair in (argument or "").split(",") if pair.strip())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _interval(text):
    """Returns the seconds between two requests for rules; None is the sampler's default."""
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        _logger.warning("polling_interval %r is not a number of seconds", text)
        return None


def create(argument):
    """Returns the sampler. A decision of the caller is followed."""
    options = _options(argument)
    client.requests.Session, session = _Untraced, client.requests.Session
    try:
        root = AwsXRayRemoteSampler(
            resource=Resource.create(),  # rules match the name of the service
            endpoint=options.get("endpoint", "http://localhost:2000").rstrip("/"),
            polling_interval=_interval(options.get("polling_interval")),
        )
    finally:
        client.requests.Session = session
    return ParentBased(root)
