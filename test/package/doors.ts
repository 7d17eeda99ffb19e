// The bundlers' doors: each is a function that makes a plug-in.
import bun from "chainrule/bun";
import esbuild from "chainrule/esbuild";
import rolldown from "chainrule/rolldown";
import rollup from "chainrule/rollup";
import rspack from "chainrule/rspack";
import vite from "chainrule/vite";
import webpack from "chainrule/webpack";

export const plugins: readonly unknown[] = [bun(), esbuild(), rolldown(), rollup(), rspack(), vite(), webpack()];
