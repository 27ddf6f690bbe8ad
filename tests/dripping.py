"""Serve answers that never end: a byte now and then, so that no time limit of silence helps."""

import socket
import threading
from contextlib import suppress


class Dripping:
    """Answer each request with `begin` at once, and then with a byte every 0.02 s."""

    def __init__(self, begin: bytes) -> None:
        self.begin = begin
        self.asked = 0
        self._ending = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            if self._ending.is_set():
                connection.close()
                return
            self._threads.append(threading.Thread(target=self._answer, args=(connection,)))
            self._threads[-1].start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            self.asked += 1
            connection.sendall(self.begin)
            while not self._ending.wait(0.02):
                connection.sendall(b"a")

    def stop(self) -> None:
        self._ending.set()
        socket.create_connection(self._socket.getsockname()).close()
        for thread in self._threads:
            thread.join()
        self._socket.close()
