#!/usr/bin/env node
/**
 * The command line, which runs when this module is loaded.
 *
 * @module
 */

import { main } from "./main.ts";
import { processIo } from "./shared/io.ts";

process.exit(await main(process.argv.slice(2), processIo()));
