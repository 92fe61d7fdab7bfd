#include "channel.h"
#include "command.h"
#include "kerf.h"
#include "follow.h"
#include "line.h"
#include "manage.h"
#include "migrate.h"
#include "pingpong.h"
#include "printf.h"
#include "request.h"
#include "riscv.h"
#include "serve.h"
#include "string.h"
#include "thread.h"
#include "timer.h"

#define PING_LIMIT_MS 1000
#define PING_GAP_MS 100
#define PING_MAX 1000

/* Of PING and PONG. */
struct ping {
	uint64_t number, sent;
};

/* The number of the last answer from each peer, and when it came. */
static struct pong {
	uint64_t number, arrived;
} pongs[MAX_PEERS];

static struct pong *pong_of(const struct channel *peer) { return &pongs[peer - peers]; }

static const char *why(int result)
{
	switch (result) {
	case SEND_FULL:
		return "its ring is full";
	case SEND_NOT_RUNNING:
		return "it does not run";
	case SEND_DENIED:
		return "the doorbell was denied";
	default:
		return "";
	}
}

/* Waits for the answer to ping `number`. */
static bool wait_for_pong(struct pong *pong, uint64_t number)
{
	uint64_t limit = time_now() + ticks_of_ms(PING_LIMIT_MS);
	for (;;) {
		sleep_prepare();
		if (__atomic_load_n(&pong->number, __ATOMIC_ACQUIRE) == number) {
			sleep_cancel();
			return true;
		}
		if (!sleep_on(pong, limit))
			return false;
	}
}

static void send_pings(struct channel *peer, uint32_t count)
{
	static uint64_t number;
	struct pong *pong = pong_of(peer);
	for (uint32_t n = 1; n <= count && !line_interrupted(); n++) {
		struct ping ping = { ++number, time_now() };
		int result = channel_send(peer, MSG_USER, USER_PING, 0, &ping, sizeof ping);
		if (result)
			printf("no reply from %s: %s\n", peer->name, why(result));
		else if (wait_for_pong(pong, ping.number))
			printf("reply from %s: n=%u time=%lu us\n", peer->name, n, us_of_ticks(pong->arrived - ping.sent));
		else
			printf("no reply from %s\n", peer->name);
		if (n < count)
			sleep_until(time_now() + ticks_of_ms(PING_GAP_MS));
	}
}

static void send_text(struct channel *peer, const char *text)
{
	int result = channel_send(peer, MSG_USER, USER_TEXT, 0, text, (uint32_t)strlen(text));
	if (result)
		printf("not sent to %s: %s\n", peer->name, why(result));
}

static void command_peers(int argc, char **argv)
{
	(void)argc, (void)argv;
	uint32_t shown = 0;
	for (uint32_t i = 0; i < peer_count; i++) {
		if (!peers[i].open)
			continue;
		shown++;
		uint64_t hart = channel_receiver(&peers[i]);
		if (hart < MAX_HARTS)
			printf("%-12s core %lu  heard %lu\n", peers[i].name, hart, peers[i].beats_heard);
		else
			printf("%-12s not running  heard %lu\n", peers[i].name, peers[i].beats_heard);
		if (peers[i].malformed)
			printf("%-12s %lu slots held no message\n", "", peers[i].malformed);
	}
	if (!shown)
		printf("no peers\n");
}

/* What a peer wrote is shown without its control characters, which would be obeyed by the terminal. */
static void show_text(const struct channel *peer, const struct message *message)
{
	char text[PAYLOAD_MAX];
	uint32_t length = message->length < sizeof text - 1 ? message->length : sizeof text - 1;
	for (uint32_t i = 0; i < length; i++)
		text[i] = message->payload[i] >= ' ' && message->payload[i] < 127 ? (char)message->payload[i] : '.';
	text[length] = 0;
	notice("[%s] %s\n", peer->name, text);
}

static void user_message(struct channel *peer, const struct message *message)
{
	struct pong *pong = pong_of(peer);
	switch (message->subtype) {
	case USER_PING:
		/* No answer if the ring is full: the sender counts that as lost. */
		channel_send(peer, MSG_USER, USER_PONG, message->id, message->payload, message->length);
		break;
	case USER_PONG:
		pong->arrived = time_now();
		__atomic_store_n(&pong->number, message_word(message, 0), __ATOMIC_RELEASE);
		wake(pong);
		break;
	case USER_TEXT:
		show_text(peer, message);
		break;
	case USER_REQUEST:
		serve_message(peer, message);
		break;
	case USER_REPLY:
	case USER_MOVED:
		request_message(peer, message);
		break;
	case USER_FOLLOW:
	case USER_TAKEN:
	case USER_UNFOLLOW:
		migrate_message(peer, message);
		break;
	case USER_STATE_BEGIN:
	case USER_STATE_DATA:
	case USER_STATE_MARK:
	case USER_STATE_END:
		follow_message(peer, message);
		break;
	case USER_BALL:
	case USER_BALL_BACK:
	case USER_POLL:
		ball_message(peer, message);
		break;
	}
}

void kernel_message(struct channel *channel, const struct message *message)
{
	/* Orders come from the host only; a peer that gives one is not heard. */
	if (channel->is_host) {
		if (message->type == MSG_SYSTEM && message->subtype == SYSTEM_KERF_REPLY)
			kerf_message(message);
		else
			manage_message(message);
		return;
	}
	if (message->type == MSG_SYSTEM && message->subtype == SYSTEM_HEARTBEAT) {
		channel->beats_heard++;
		channel->last_heard = time_now();
	} else if (message->type == MSG_USER) {
		user_message(channel, message);
	}
}

static void command_ping(int argc, char **argv)
{
	uint64_t count = 1;
	struct channel *peer = peer_argument(argc, argv);
	if (!peer || (argc > 2 && !number_argument(argc, argv, 2, PING_MAX, &count)))
		return;
	send_pings(peer, (uint32_t)count);
}

static void command_send(int argc, char **argv)
{
	char text[LINE_MAX];
	struct channel *peer = peer_argument(argc, argv);
	if (!peer)
		return;
	join_arguments(text, sizeof text, argc, argv, 2);
	send_text(peer, text);
}

const struct command peer_commands[] = {
	{ "peers", "kernels we have a channel to", command_peers },
	{ "ping", "NAME [COUNT]: message and answer", command_ping },
	{ "send", "NAME TEXT: print on its console", command_send },
	{ 0 },
};
