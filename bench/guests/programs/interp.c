/*
 * An interpreter of bytecode with a stack: dispatch and small loads. Its program adds up the Collatz steps of the numbers
 * from 1 to 999.
 */
#include "programs.h"

enum { PUSH, LOAD, STORE, ADD, MUL, HALF, ODD, LESS, JUMP, JUMP_IF_ZERO, HALT };

/* Variables of the program. */
enum { NUMBER, VALUE, STEPS, BOUND, VARIABLES };

/* Places in the program: offsets of what the comments below name. */
enum { NEXT_NUMBER = 0, STEP = 11, EVEN = 35, COUNT_STEP = 40, ADVANCE = 49, END = 58 };

static const uint8_t program[] = {
	/* NEXT_NUMBER */
	LOAD, NUMBER, LOAD, BOUND, LESS, JUMP_IF_ZERO, END, LOAD, NUMBER, STORE, VALUE,
	/* STEP */
	PUSH, 1, LOAD, VALUE, LESS, JUMP_IF_ZERO, ADVANCE, LOAD, VALUE, ODD, JUMP_IF_ZERO, EVEN,
	LOAD, VALUE, PUSH, 3, MUL, PUSH, 1, ADD, STORE, VALUE, JUMP, COUNT_STEP,
	/* EVEN */
	LOAD, VALUE, HALF, STORE, VALUE,
	/* COUNT_STEP */
	LOAD, STEPS, PUSH, 1, ADD, STORE, STEPS, JUMP, STEP,
	/* ADVANCE */
	LOAD, NUMBER, PUSH, 1, ADD, STORE, NUMBER, JUMP, NEXT_NUMBER,
	/* END */
	HALT,
};

static uint32_t interpret(const uint8_t *pc, uint32_t *variables)
{
	uint32_t stack[16], *top = stack; /* top points above the last value */
	for (;;) {
		switch (*pc++) {
		case PUSH:
			*top++ = *pc++;
			break;
		case LOAD:
			*top++ = variables[*pc++];
			break;
		case STORE:
			variables[*pc++] = *--top;
			break;
		case ADD:
			top--;
			top[-1] += top[0];
			break;
		case MUL:
			top--;
			top[-1] *= top[0];
			break;
		case HALF:
			top[-1] >>= 1;
			break;
		case ODD:
			top[-1] &= 1;
			break;
		case LESS:
			top--;
			top[-1] = top[-1] < top[0];
			break;
		case JUMP:
			pc = program + *pc;
			break;
		case JUMP_IF_ZERO:
			pc = *--top ? pc + 1 : program + *pc;
			break;
		default:
			return variables[STEPS];
		}
	}
}

uint32_t bench_interp(uint32_t n)
{
	uint32_t sum = 0;
	while (n--) {
		uint32_t variables[VARIABLES] = { [NUMBER] = 1, [BOUND] = 1000 };
		sum += interpret(program, variables);
	}
	return sum;
}
