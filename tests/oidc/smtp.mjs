// An SMTP server on a free port, or on the one that is named. It says its port in the first line, and then every letter
// as one line of JSON: who gets it, and its text; or whom it refused. Each line that it is told is an address without a
// mailbox.
import { createInterface } from "node:readline";
import { SMTPServer } from "smtp-server";

const unknown = new Set();
const server = new SMTPServer({
  disabledCommands: ["AUTH", "STARTTLS"],
  onRcptTo({ address }, _session, done) {
    if (!unknown.has(address)) return done();
    console.log(JSON.stringify({ refused: address }));
    done(Object.assign(new Error("no such mailbox"), { responseCode: 550 }));
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
const told = createInterface({ input: process.stdin });
told.on("line", (address) => {
  unknown.add(address);
  console.log(JSON.stringify({ unknown: address }));
});
told.on("close", () => process.exit(0));
