"""Durable jobs: they go on without a connection, and clients attach to them."""
import time
import unittest

from gateway import Gateway, script, wait_for
from wsclient import TILE


def accepted(client):
    """The next `accepted` message."""
    while True:
        message = client.receive()
        if isinstance(message, dict) and message["type"] == "accepted":
            return message


def until(client, *kinds):
    """The next message of one of these types, and all that came before it."""
    before = []
    while True:
        message = client.receive()
        if isinstance(message, dict) and message["type"] in kinds:
            return message, before
        before.append(message)


def attach(client, job, number=1, **have):
    client.send(type="attach", job=number, id=job["id"], secret=job["secret"], **have)
    return number


class Resume(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway(standin=True)
        self.clients = []

    def tearDown(self):
        for client in self.clients:
            client.close()
        self.gateway.__exit__(None, None, None)

    def client(self):
        self.clients.append(self.gateway.client())
        return self.clients[-1]

    def submit(self, data, **options):
        client = self.client()
        client.submit(data, durable=True, **options)
        return client, accepted(client)

    def finish_held(self):
        client = self.client()
        job = client.submit(script(finish_held=True), durable=False)
        client.run([job])

    def test_name_and_secret(self):
        _, first = self.submit(script())
        _, second = self.submit(script())
        self.assertRegex(first["id"] + first["secret"], "^[0-9a-f]{48}$")
        self.assertNotEqual((first["id"], first["secret"]), (second["id"], second["secret"]))
        client = self.client()
        client.submit(script())
        self.assertNotIn("secret", accepted(client))

    def test_upload_goes_on_from_the_last_stored_byte(self):
        data = script(file=2560) + b" " * 300000
        client, job = self.submit(data)
        client.send_upload(1, 0, data[:100000])
        wait_for("the first part", lambda: self.gateway.status()["spool_bytes"] == 100000)
        client.close()
        wait_for("its end", lambda: self.gateway.status()["clients"] == 0)
        client = self.client()
        attach(client, job, 9, upload=True)
        answer = until(client, "attached")[0]
        self.assertEqual((answer["type"], answer["job"], answer["offset"]), ("attached", 9, 100000))
        client.next_upload[9] = [data, answer["offset"]]
        self.assertEqual(len(client.run([9])[9]["file"]), 2560)

    def test_upload_moves_from_a_connection_that_is_not_known_to_be_dead(self):
        data = script(file=512) + b" " * 1000
        old, job = self.submit(data)
        old.send_upload(1, 0, data[:10])
        wait_for("the first part", lambda: self.gateway.status()["spool_bytes"] == 10)
        new = self.client()
        attach(new, job, upload=True)
        answer = until(new, "attached")[0]
        new.next_upload[1] = [data, answer["offset"]]
        old.send_upload(1, 10, data[10:50])  # comes too late, and is ignored
        result = new.run([1])[1]
        self.assertEqual(len(result["file"]), 512)
        self.assertEqual(until(old, "done")[0]["job"], 1)

    def test_job_goes_on_without_a_connection(self):
        client, job = self.submit(script(hold=True, codes=["a", "b"], lines=600, tiles=3, file=4096), want="both")
        client.on_credit(until(client, "credit")[0])
        until(client, "lines")
        client.close()
        wait_for("its end", lambda: self.gateway.status()["clients"] == 0)
        self.finish_held()
        self.assertEqual(self.gateway.status()["jobs"]["running"], 0)
        client = self.client()
        result = client.run([attach(client, job)])[1]
        self.assertEqual([code["text"] for code in result["codes"]], ["a", "b"])
        self.assertEqual([part["from"] for part in result["lines"]], [0, 500])
        self.assertEqual(len(result["tiles"]), 3)
        self.assertEqual(len(result["file"]), 4096)
        self.assertEqual(result["pictures"][-1]["width"], 16)
        # What the client has is not sent again.
        last = result["tiles"][1][0]
        client.send(type="attach", job=2, id=job["id"], secret=job["secret"], found=3, offset=4000,
                    tile={"attempt": result["pictures"][-1]["attempt"], "stage": 0, "x": last["x"], "y": last["y"]})
        codes, tiles, file = [], [], b""
        while True:
            message = client.receive()
            if isinstance(message, dict):
                if message["type"] in ("code", "lines"):
                    codes.append(message)
                if message["type"] == "done":
                    break
            elif message[0]["type"] == TILE:
                tiles.append(message)
            else:
                self.assertEqual(message[0]["offset"], 4000 + len(file))
                file += message[1]
        self.assertEqual([message.get("from") for message in codes], [500])
        self.assertEqual([frame["x"] for frame, _ in tiles], [result["tiles"][2][0]["x"]])
        self.assertEqual(file, result["file"][4000:])

    def test_queued_job_of_a_client_that_has_gone(self):
        holder = self.client()
        for _ in range(4):  # as many as the pool gets at once
            holder.on_credit(until(holder, "credit")[0] if holder.submit(script(hold=True)) else None)
        wait_for("the pool's jobs", lambda: self.gateway.status()["jobs"]["running"] == 4)
        client, job = self.submit(script(file=256))
        client.on_credit(until(client, "credit")[0])
        wait_for("the queue", lambda: self.gateway.status()["jobs"]["waiting"] == 1)
        client.close()
        wait_for("its end", lambda: self.gateway.status()["clients"] == 1)
        self.assertEqual(self.gateway.status()["jobs"]["waiting"], 1)
        holder.close()
        client = self.client()
        self.assertEqual(len(client.run([attach(client, job)])[1]["file"]), 256)

    def test_two_watchers(self):
        first, job = self.submit(script(hold=True, codes=["a"], tiles=5, file=1024), want="both")
        first.on_credit(until(first, "credit")[0])
        until(first, "code")
        second = self.client()
        attach(second, job, 4)
        self.assertEqual(until(second, "code")[0]["text"], "a")
        self.finish_held()
        results = [client.run([number])[number] for client, number in ((first, 1), (second, 4))]
        self.assertEqual(results[0]["tiles"][0][1], results[1]["tiles"][0][1])
        self.assertEqual([len(result["tiles"]) for result in results], [5, 5])
        self.assertEqual(results[0]["file"], results[1]["file"])

    def test_wrong_secret_and_unknown_job(self):
        client, job = self.submit(script())
        for number, wrong in enumerate(({"secret": job["secret"][:-1] + "x"}, {"secret": ""}, {"id": "0" * 16}), 1):
            other = self.client()
            other.send(type="attach", job=number, **{"id": job["id"], "secret": job["secret"], **wrong})
            end = other.run([number])[number]["end"]
            self.assertEqual((end["type"], end["status"]), ("failed", "gone"))
            other.send(type="release", **{"id": job["id"], "secret": job["secret"], **wrong})
        self.assertEqual(attach(client, job, 2), 2)
        self.assertEqual(until(client, "attached")[0]["job"], 2)

    def test_release(self):
        client, job = self.submit(script(file=1024))
        self.assertEqual(client.run([1])[1]["end"]["type"], "done")
        self.assertGreater(self.gateway.status()["spool_bytes"], 0)
        client.send(type="release", id=job["id"], secret=job["secret"])
        wait_for("an empty spool", lambda: self.gateway.status()["spool_bytes"] == 0)
        end = client.run([attach(client, job, 2)])[2]["end"]
        self.assertEqual(end["status"], "gone")

    def test_release_of_a_running_job(self):
        client, job = self.submit(script(hold=True))
        client.on_credit(until(client, "credit")[0])
        until(client, "picture")
        client.send(type="release", id=job["id"], secret=job["secret"])
        self.assertEqual(until(client, "cancelled")[0]["job"], 1)
        wait_for("an empty spool", lambda: self.gateway.status()["spool_bytes"] == 0)

    def test_cancelled_and_failed_are_stored(self):
        for steps, kind in (({"hold": True}, "cancelled"), ({"fail": "it is torn"}, "failed")):
            client, job = self.submit(script(**steps))
            client.on_credit(until(client, "credit")[0])
            until(client, "picture")
            if kind == "cancelled":
                client.send(type="cancel", job=1)
            self.assertEqual(client.run([1])[1]["end"]["type"], kind)
            again = self.client()
            self.assertEqual(again.run([attach(again, job)])[1]["end"]["type"], kind)

    def test_pool_dies_while_nobody_watches(self):
        client, job = self.submit(script(codes=["a"], crash=1, crash_tries=2, file=512))
        client.on_credit(until(client, "credit")[0])
        client.close()
        client = self.client()
        result = client.run([attach(client, job)])[1]
        self.assertEqual((len(result["codes"]), len(result["file"])), (1, 512))

    def test_attach_breaks_the_protocol(self):
        _, job = self.submit(script())
        for number in (0, -1, 1.5, "1", None):
            client = self.client()
            client.send(type="attach", job=number, id=job["id"], secret=job["secret"])
            self.assertIn("job must be a whole number", client.expect_error()[0])
        client = self.client()
        attach(client, job, 3)
        attach(client, job, 3)
        self.assertIn("used before", client.expect_error()[0])

    def test_strange_members_of_attach(self):
        _, job = self.submit(script())
        client = self.client()
        for number, member in enumerate(({"found": -5}, {"found": 1e300}, {"offset": "x"}, {"tile": []}, {"tile": {"x": {}}},
                                         {"upload": 7}, {"found": 1e18, "offset": 1e18}), 1):
            attach(client, job, number, **member)
            self.assertEqual(until(client, "attached")[0]["job"], number)


class Expiry(unittest.TestCase):
    def test_results_and_uploads_expire(self):
        with Gateway("--keep", "1", standin=True) as gateway:
            client = gateway.client()
            client.submit(script(file=1024), durable=True)
            done = accepted(client)
            client.run([1])
            client.submit(b"x" * 100, durable=True)
            upload = accepted(client)
            client.send_upload(2, 0, b"x" * 50)
            wait_for("the upload", lambda: gateway.status()["spool_bytes"] > 1024)
            client.close()
            began = time.monotonic()
            wait_for("an empty spool", lambda: gateway.status()["spool_bytes"] == 0)
            print(f"expired after {time.monotonic() - began:.1f} s")
            client = gateway.client()
            for number, job in enumerate((done, upload), 1):
                attach(client, job, number)
                self.assertEqual(client.run([number])[number]["end"]["status"], "gone")
            client.close()

    def test_oldest_results_make_room(self):
        with Gateway("--max-spool", str(1 << 20), standin=True) as gateway:
            jobs = []
            for _ in range(6):
                client = gateway.client()
                client.submit(script(file=200 << 10), durable=True)
                jobs.append(accepted(client))
                self.assertEqual(client.run([1])[1]["end"]["type"], "done")
                client.close()
                wait_for("its end", lambda: gateway.status()["clients"] == 0)
            client = gateway.client()
            ends = [client.run([attach(client, job, number)])[number]["end"] for number, job in enumerate(jobs, 1)]
            self.assertEqual([end.get("status", "done") for end in ends], ["gone"] * 2 + ["done"] * 4)
            client.close()

    def test_stalled_durable_upload_goes_on(self):
        with Gateway("--max-idle", "1", standin=True) as gateway:
            client = gateway.client()
            data = script(file=256)
            client.submit(data, durable=True)
            message, _ = until(client, "credit")
            time.sleep(2.5)
            client.on_credit(message)
            self.assertEqual(client.run([1])[1]["end"]["type"], "done")
            client.close()

    def test_limit_of_jobs_on_a_connection_holds_for_attach(self):
        with Gateway("--max-jobs", "2", standin=True) as gateway:
            client = gateway.client()
            client.submit(script(hold=True), durable=True)
            job = accepted(client)
            client.submit(script(hold=True), durable=True)
            accepted(client)
            client.send(type="attach", job=3, id=job["id"], secret=job["secret"])
            message, _ = until(client, "failed")
            self.assertIn("2 jobs are under way", message["error"])
            client.close()


if __name__ == "__main__":
    unittest.main()
