// A program that calls back by the TypeScript client: what tests do things to. Each line of its
// standard input is one step; the end of the input is the end of its work. It says on its standard
// output that it began, what it has done, and how it ended.
import { createInterface } from "node:readline";
import { run, Stopped } from "baton-client";

try {
  await run(
    undefined,
    async (run) => {
      console.log("began");
      let number = 0;
      for await (const line of createInterface({ input: process.stdin })) {
        number += 1;
        run.log(line);
        try {
          await run.step({ tokens: 10 });
        } catch (error) {
          if (line !== "stubborn") throw error;
        }
        run.progress(number, 3);
        run.count({ processed: 1 });
        console.log(`step ${number}`);
      }
    },
    { stepsWithin: 0 },
  );
  console.log("done");
} catch (error) {
  process.stdin.destroy();
  console.log(error instanceof Stopped ? `stopped: ${error.reason}` : `failed: ${error.message}`);
}
