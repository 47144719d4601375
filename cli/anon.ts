#!/usr/bin/env node
import { main } from "./main.ts";
import { processIo } from "./shared/io.ts";

process.exit(await main(process.argv.slice(2), processIo()));
