/**
 * One channel of a session, for those that use one: ssh_command.c and ssh_forward.c. The session
 * moves it from state to state and owns it in the end. Private to net/ssh*.c.
 */
#ifndef NET_SSH_CHANNEL_H
#define NET_SSH_CHANNEL_H

#include "net/ssh_session.h"
#include "net/ssh_transport.h"

/** In order. */
enum channel_state {
	CHANNEL_QUEUED,
	CHANNEL_OPENING,
	CHANNEL_OPEN,
	CHANNEL_CLOSING,
	CHANNEL_GONE,
};

enum channel_step {
	CHANNEL_BLOCKED, /**< nothing more can be done now */
	CHANNEL_WORKED,  /**< something was done; others may have to look again */
	CHANNEL_OVER,    /**< it is to be closed */
};

/** Why a channel came to nothing. */
enum channel_failure {
	CHANNEL_REFUSED,    /**< the server does not open it */
	CHANNEL_PROHIBITED, /**< the server says that it is not allowed to */
	CHANNEL_CONNECT,    /**< the server could not reach whom it should connect to */
	CHANNEL_TIMEOUT,    /**< the server did not answer */
	CHANNEL_LOST,       /**< the connection has gone */
};

struct ssh_channel;

struct ssh_channel_ops {
	/** Call the one function of libssh2 that opens it; the same each time. */
	LIBSSH2_CHANNEL *(*open)(struct ssh_channel *channel, LIBSSH2_SESSION *session);
	/** It is open: do what can be done. */
	enum channel_step (*step)(struct ssh_channel *channel);
	/** It came to nothing, or the connection has gone; `step` is not called again. */
	void (*failed)(struct ssh_channel *channel, enum channel_failure failure, const char *why);
	/** Nothing of libssh2 is left of it: free it. Called once, whatever happened. */
	void (*release)(struct ssh_channel *channel);
};

/** The head of every channel; embed it first and cast. */
struct ssh_channel {
	const struct ssh_channel_ops *ops;
	struct ssh_session *session; /**< NULL once that was closed */
	struct ssh_channel *next;
	LIBSSH2_CHANNEL *handle; /**< NULL unless open or closing */
	enum channel_state state;
	bool is_command;   /**< counts for SSH_COMMANDS_MAX */
	bool can_follow;   /**< a command that may take over the channel of another */
	bool has_followed; /**< and did: somebody else's words have gone over it */
	bool is_yielding;  /**< to be put behind all others */
	bool is_abandoned; /**< its user wants nothing more: close it */
	int64_t open_ms;   /**< how long the server may take to open it */
	int64_t until_ms;  /**< end of this state; 0: none. `step` may set it */
	int64_t since_ms;  /**< when its user got it */
};

struct ssh_session {
	struct task task;
	struct ssh_transport transport;
	struct ssh_channel *channels; /**< in the order in which they were started */
	struct ssh_channel *opening;  /**< the one that libssh2 is opening; NULL: none */
	struct ssh_channel
		*owner;         /**< whose packet is half sent: nobody else goes on; NULL: none */
	bool has_given_up;      /**< one that was being opened: its answer may come yet */
	int64_t quiet_until_ms; /**< before that none is opened */
	size_t commands;        /**< open or opening */
	size_t commands_max;
	bool runs_one; /**< a shell that has run a command runs no other one */
	bool is_lost;
	bool is_stepping;
	bool is_doomed;    /**< closed from inside its own step */
	char trouble[256]; /**< why it is lost */
};

/** The connection has gone, or is of no use any more. */
void ssh_session_lose(struct ssh_session *session, const char *why);

/** Is a packet on its way of which the network took only a part? Then nothing else is sent. */
bool ssh_session_is_half_sent(const struct ssh_session *session);

/** Do what can be done for a channel now. */
enum channel_step ssh_channel_step(struct ssh_channel *channel);

/** It came to nothing. */
void ssh_channel_fail(struct ssh_channel *channel, enum channel_failure failure, const char *why);

/** When it is to be stepped again at the latest, if its `until_ms` is set. */
int64_t ssh_channel_look_ms(const struct ssh_channel *channel);

/** Put a zeroed channel with its ops on a session. If that is lost, `failed` is called soon. */
void ssh_channel_start(struct ssh_session *session, struct ssh_channel *channel);

/** Its user wants nothing more. `failed` is not called from now on; `release` is. */
void ssh_channel_abandon(struct ssh_channel *channel);

/**
 * A command has ended and its channel is of no more use to it: the next one that waits takes it
 * over. If there is none, or the server has said that nothing follows, nothing happens.
 */
void ssh_channel_hand_over(struct ssh_channel *channel);

/** Nobody listens on the channel that was taken over: wait for one of its own. No other command
 * follows in this session. */
void ssh_channel_give_up(struct ssh_channel *channel);

/** Step the session again: its user has something to do. */
void ssh_channel_wake(const struct ssh_channel *channel);

/** The monotonic time of the session's loop. */
int64_t ssh_channel_now_ms(const struct ssh_channel *channel);

/** As ssh_session_is_half_sent. */
bool ssh_channel_is_half_sent(const struct ssh_channel *channel);

/** The transport of its session. */
struct ssh_transport *ssh_channel_transport(const struct ssh_channel *channel);

/** Read stdout (stream 0) or stderr. As stream_read, but 0 means: nothing now, or the end. */
ssize_t ssh_channel_read(struct ssh_channel *channel, int stream, void *to, size_t len);

/** Take over the transport of a login that succeeded. */
struct ssh_session *ssh_session_open(struct loop *loop, struct ssh_transport *transport);

#endif
