# SPDX-License-Identifier: Apache-2.0
"""Whether something that was printed discloses a secret, in any of the ways in which bytes are shown."""

import base64


def forms(secret):
    """As it is, in hexadecimal digits, and as a part of the base64 of whatever it is a part of."""
    raw = secret.encode()
    yield secret
    yield from (raw.hex(), raw.hex(" "))
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).decode()
        # The digits at both ends depend on what lies beside it.
        yield encoded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]


def disclosed(said, secrets):
    """The secrets that are in what was said."""
    return [secret for secret in secrets if any(form in said or form in said.lower() for form in forms(secret))]
