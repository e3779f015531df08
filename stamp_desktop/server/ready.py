"""Asks a server whether it is ready: exit status 0, else 1. For container engines and load balancers without a client.

It looks at nothing but the answer, and so trusts any certificate.
"""

import ssl
import sys
import urllib.error
import urllib.request

SECONDS = 4


def ready(url: str) -> bool:
    """Whether `url`/v1/ready answers that all is well."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(f"{url}/v1/ready", timeout=SECONDS, context=trusting) as answer:  # noqa: S310 (http or https)
            status: int = answer.status
    except (urllib.error.URLError, OSError, ValueError):
        return False
    return status == 200


if __name__ == "__main__":
    sys.exit(0 if ready(sys.argv[1]) else 1)
