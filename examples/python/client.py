"""A client of the broker, by docs/protocol.md, in plain Python 3. (UNIX; on Windows open the pipe as a file.)"""
import contextlib, hashlib, hmac, json, os, secrets, socket


class Refused(Exception):
    def __init__(self, reply):
        super().__init__(f"{reply['error']}: {reply['message']}")
        self.code, self.details = reply["error"], reply["details"]


def proof(role, secret, version, broker, client_nonce, broker_nonce):
    transcript = f"ephemeral-broker\n{role}\n{version}\n{broker}\n{client_nonce}\n{broker_nonce}"
    return hmac.new(secret.encode(), transcript.encode(), hashlib.sha256).hexdigest()


class Broker:
    """One request at a time, without an id: its reply is the next line."""

    def __init__(self, pipe, secret=None):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(pipe)
        self.stream = self.socket.makefile("rwb")
        if secret:
            self.authenticate(secret)

    def authenticate(self, secret):
        nonce = secrets.token_hex(16)
        hello = self.call("hello", nonce=nonce, versions=[1])
        seen = (secret, 1, hello["broker"], nonce, hello["nonce"])
        if hello["version"] != 1 or not hmac.compare_digest(str(hello.get("proof")), proof("broker", *seen)):
            raise ConnectionError("what listens there does not know the secret; nothing was told to it")
        self.call("auth", proof=proof("client", *seen), identity={"runner": "python", "pid": os.getpid()})

    def call(self, action, **fields):
        self.stream.write(json.dumps({"action": action, **fields}, allow_nan=False).encode() + b"\n")
        self.stream.flush()
        if not (line := self.stream.readline()).endswith(b"\n"):
            raise ConnectionError("the broker is gone")
        reply = json.loads(line)
        if not reply["ok"]:
            raise Refused(reply)
        return reply

    @contextlib.contextmanager
    def lease(self, pool, **wish):
        """Work that may take longer than the TTL calls `renew` with lease["lease"] in between."""
        lease = self.call("lease", pool=pool, **wish)
        try:
            yield lease
        finally:
            self.call("release", lease=lease["lease"])


if __name__ == "__main__":
    broker = Broker(os.environ["EPHEMERAL_PIPE"], os.environ.get("EPHEMERAL_SECRET"))
    broker.call("set", key="greeting", value="grüß Gott", ttl=60_000)
    print("got", broker.call("get", key="greeting")["value"])
    with broker.lease("accounts", ttl=30_000, timeout=10_000) as lease:
        print("leased", lease["value"], "with token", lease["token"])
    print("released:", broker.call("pools")["pools"])
