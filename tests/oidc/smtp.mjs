// An SMTP server on a free port, or on the one that is named. It says its port in the first line, and then every letter
// as one line of JSON: who gets it, and its text. Who begins with "nobody" gets none.
import { SMTPServer } from "smtp-server";

const server = new SMTPServer({
  disabledCommands: ["AUTH", "STARTTLS"],
  onRcptTo({ address }, _session, done) {
    done(address.startsWith("nobody") ? Object.assign(new Error("no such mailbox"), { responseCode: 550 }) : undefined);
  },
  onData(stream, session, done) {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => {
      const to = session.envelope.rcptTo.map(({ address }) => address);
      console.log(JSON.stringify({ to, text: Buffer.concat(parts).toString("utf8") }));
      done();
    });
  },
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => console.log(server.server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
