/* The commands that touch memory that may not be ours, and say what came of it. */
#pragma once

void command_peek(int argc, char **argv);
void command_poke(int argc, char **argv);
void command_fetch(int argc, char **argv);
void command_amo(int argc, char **argv);
void command_ptwalk(int argc, char **argv);
void command_adwalk(int argc, char **argv);
void command_dbcn(int argc, char **argv);
