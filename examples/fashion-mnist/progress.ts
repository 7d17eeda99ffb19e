/**
 * What the terminal shows while training: a bar for the running epoch and one line for each that is done. Without a
 * terminal there are only the lines. Colour follows NO_COLOR and FORCE_COLOR, by `util.styleText`.
 */
import { styleText } from "node:util";
import { Presets, SingleBar } from "cli-progress";

export type Running = { readonly images: number; readonly loss: number; readonly accuracy: number; readonly seconds: number };

export type Progress = {
  start(epoch: number): void;
  update(now: Running): void;
  /** Replaces the bar by the line of the epoch. */
  done(now: Running, test: { readonly loss: number; readonly accuracy: number }): void;
  /** Leaves the terminal as it was found, wherever training stopped. */
  stop(): void;
};

export function progress(epochs: number, images: number, out: NodeJS.WriteStream = process.stdout): Progress {
  const width = String(epochs).length;
  let epoch = 0;
  const title = (): string => `epoch ${String(epoch).padStart(width)}/${epochs}`;
  const bar = out.isTTY
    ? new SingleBar({
        stream: out, format: "{title} {bar} {percentage}%  {figures}", barsize: 16, hideCursor: true, clearOnComplete: true, gracefulExit: false,
        formatValue: (value, _, type) => (type === "percentage" ? String(value).padStart(3) : String(value)),
        formatBar: (done, { barsize = 16 }) => {
          const filled = Math.round(done * barsize);
          return styleText("cyan", "█".repeat(filled), { stream: out }) + styleText("dim", "░".repeat(barsize - filled), { stream: out });
        },
      }, Presets.shades_classic)
    : undefined;
  const payload = (now?: Running): object => ({ title: title(), figures: now === undefined ? "" : figures(now) });

  return {
    start(next) {
      epoch = next;
      bar?.start(images, 0, payload());
    },
    update(now) {
      bar?.update(now.images, payload(now));
    },
    done(now, test) {
      bar?.stop();
      const tested = styleText("bold", `test accuracy ${percent(test.accuracy)}`, { stream: out });
      out.write(`${title()}  ${figures(now)}  ${tested}\n`);
    },
    stop() {
      bar?.stop();
    },
  };
}

function figures({ images, loss, accuracy, seconds }: Running): string {
  const rate = Math.round(images / Math.max(seconds, 1e-3)).toLocaleString("en");
  return `loss ${loss.toFixed(3)}  accuracy ${percent(accuracy)}  ${rate} images/s`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
