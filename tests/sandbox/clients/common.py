"""What the Python clients have in common: the sandbox's addresses and keys, and a list of checks."""

import os
import traceback

REST = os.environ["SANDBOX_REST"]
WS = REST.replace("http", "ws", 1)
KEY = os.environ["SANDBOX_HMAC_KEY"]
SECRET = os.environ["SANDBOX_HMAC_SECRET"]
ED25519_KEY = os.environ["SANDBOX_ED25519_KEY"]
ED25519_PEM = os.environ["SANDBOX_ED25519_PEM"]


class Checks:
    """Runs steps in order, prints one line for each, and remembers whether one failed."""

    def __init__(self, client):
        self.client = client
        self.failed = 0

    def result(self, step, error=None):
        if error is None:
            print(f"ok      {self.client}: {step}")
        else:
            self.failed += 1
            print(f"FAILED  {self.client}: {step}: {error}")
            if os.environ.get("SANDBOX_TRACE"):
                traceback.print_exception(error)

    def run(self, step, work):
        """Returns what `work` returns, or `None` where it failed."""
        try:
            value = work()
            self.result(step)
            return value
        except Exception as error:  # every failure of a client is a finding
            self.result(step, error)

    async def wait(self, step, work):
        """As `run`, for a coroutine."""
        try:
            value = await work
            self.result(step)
            return value
        except Exception as error:
            self.result(step, error)

    def end(self):
        raise SystemExit(1 if self.failed else 0)


def expect(condition, message):
    if not condition:
        raise AssertionError(message)
