// A process that fills some of the tables. Told what by a file of JSON; tells how far it is.
import { readFileSync } from 'node:fs';
import { type Filling, fill } from './fill.js';

const job = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as Filling;
const started = process.cpuUsage();
const rows = await fill(job, (done) => process.send?.({ done }));
const { user, system } = process.cpuUsage(started);
process.send?.({ rows, cpuSeconds: (user + system) / 1e6 });
process.disconnect();
