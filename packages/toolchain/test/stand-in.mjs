/** Stands in for the bundled system: says what reaches it. */
import { Socket } from "node:net";

let signals = 0;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    signals += 1;
    console.log(`got ${signal}`);
    setTimeout(() => {
      console.log(`signals ${signals}`);
      process.exit(7);
    }, 300);
  });
}

const pipe = new Socket({ fd: 3 });
pipe.on("close", () => {
  console.log("the starter is gone");
  process.exit(0);
});
pipe.resume();

console.log(`arguments ${process.argv.slice(2).join(" ")}`);
