"""A name server on loopback that says which web hosts there are, as Docker's own does for `--scale web=N`."""

import socket
import struct
import threading


class Names:
    """Answers every A question with `addresses`, which a test may change while it runs."""

    def __init__(self, addresses: list[str]) -> None:
        self.addresses = addresses
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = int(self.socket.getsockname()[1])
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                question, asker = self.socket.recvfrom(512)
                self.socket.sendto(self.answer(question), asker)
            except OSError:
                return

    def answer(self, question: bytes) -> bytes:
        end = question.index(b"\0", 12) + 5  # the name, then two bytes of type and two of class
        is_a = question[end - 4 : end - 2] == b"\0\x01"
        found = [socket.inet_aton(address) for address in self.addresses] if is_a else []
        header = question[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0)
        record = struct.pack("!HHHIH", 0xC00C, 1, 1, 1, 4)  # the same name, A, IN, a second to live, four bytes
        return header + question[12:end] + b"".join(record + address for address in found)

    def close(self) -> None:
        self.socket.close()
