/* What bash runs as text, told to the door before it runs.

   Loaded by the file that BASH_ENV names, so every bash that is not interactive has it. The builtin
   `guest` tells of the text that this bash itself was started with (`-c TEXT`, a file, standard
   input). Inside bash the calls that execute a text for `eval`, `source` and traps are led through
   here. The door answers one of three things: the text is the program's own code; it is an answer,
   whose scope begins; it is refused. Then bash goes on as it would have, so nothing changes for a
   program that is not refused.

   Why not builtins of the same names: bash treats its own `eval` and `source` apart (`set -e` in
   conditions, variables set for one command), and knows them by their address.

   A scope ends when its text is done, is left by a long jump (`return`), or the process exits: the end
   is told by bash's own unwind-protect frames, or by an exit handler. A process that ends otherwise is
   missed by nobody: the host watches it.

   Texts cross as JSON whose characters stand for single bytes. bash's own declarations are repeated
   here because its headers are not part of what a machine needs to run programs. */

#if !defined(__x86_64__)
#error "only x86-64: calls are found by their machine code"
#endif

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* --- bash */

typedef struct word_desc { char *word; int flags; } WORD_DESC;
typedef struct word_list { struct word_list *next; WORD_DESC *word; } WORD_LIST;
typedef void cleanup_function(void *);
struct builtin {
    char *name;
    int (*function)(WORD_LIST *);
    int flags;
    char *const *long_doc;
    const char *short_doc;
    char *unused;
};
enum { BUILTIN_ENABLED = 0x01 };

extern char *command_execution_string, *shell_script_filename, *the_printed_command_except_trap;
extern int return_catch_value, read_from_stdin;
extern char *this_command_name;
extern char *find_path_file(const char *);
extern void *find_shell_builtin(const char *), *find_function(const char *);
extern char *get_string_value(const char *);
extern void *bind_variable(const char *, char *, int);
extern int unbind_variable(const char *);
extern void builtin_error(const char *, ...), internal_error(const char *, ...);
extern void begin_unwind_frame(char *), run_unwind_frame(char *);
extern void add_unwind_protect(cleanup_function *, void *);
extern int eval_builtin(WORD_LIST *), source_builtin(WORD_LIST *), mapfile_builtin(WORD_LIST *);
extern int evalstring(char *, const char *, int), source_file(const char *, int);
extern int parse_and_execute(char *, const char *, int);
extern void initialize_traps(void);
extern int run_exit_trap(void);

/* --- the door */

enum { LONGEST_BYTES = 4 << 20, PIPE_BYTES = 65536, LARGEST_PIPE_BYTES = 1 << 20 };
enum { REFUSED = 126, NOT_FOUND = 127, REPLY_BYTES = 4096, QUIET_MS = 5000 };
enum { OWN, SCOPE, NO };

static char guest_folder[4096], refusal[REPLY_BYTES];

static int connected(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s/door", guest_folder)
        >= sizeof address.sun_path)
        return -1;
    int door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (door < 0)
        return -1;
    while (connect(door, (struct sockaddr *)&address, sizeof address) < 0)
        if (errno != EINTR) {
            close(door);
            return -1;
        }
    return door;
}

/* Send one request, read one line of reply; return whether there was one. */
static int ask(const char *request, size_t length, char reply[REPLY_BYTES])
{
    int kept = errno, door = connected();
    size_t have = 0;
    if (door >= 0) {
        while (length > 0) {
            ssize_t sent = send(door, request, length, MSG_NOSIGNAL);
            if (sent < 0 && errno != EINTR)
                break;
            if (sent > 0)
                request += sent, length -= (size_t)sent;
        }
        while (length == 0 && have < REPLY_BYTES - 1) {
            ssize_t got = read(door, reply + have, REPLY_BYTES - 1 - have);
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0)
                break;
            have += (size_t)got;
        }
        close(door);
    }
    reply[have] = '\0';
    errno = kept;
    return have > 0;
}

/* Write a text as a JSON string whose characters are its bytes; return what follows it. */
static char *quoted(char *out, const char *text, size_t length)
{
    *out++ = '"';
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '\n')
            out = stpcpy(out, "\\n");
        else if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\')
            out += sprintf(out, "\\u%04x", byte);
        else
            *out++ = (char)byte;
    }
    *out++ = '"';
    *out = '\0';
    return out;
}

/* Ask the door about a text; on SCOPE, `scope` receives its name; on NO, say why. */
static int told(const char *how, const char *text, size_t length, char scope[64])
{
    char reply[REPLY_BYTES] = "", *request = malloc(6 * length + 256);
    int answered = 0;
    if (request != NULL) {
        char *end = request + sprintf(request, "{\"operation\": \"enter\", \"language\": \"bash\", "
                                      "\"how\": \"%s\", \"text\": ", how);
        end = quoted(end, text, length);
        end = stpcpy(end, "}\n");
        if (end - request > LONGEST_BYTES) { /* more than the door takes: nobody's answer */
            free(request);
            return OWN;
        }
        answered = ask(request, (size_t)(end - request), reply);
        free(request);
    }
    if (answered && strncmp(reply, "{\"own\"", 6) == 0)
        return OWN;
    if (answered && sscanf(reply, "{\"scope\": \"%63[^\"]", scope) == 1)
        return SCOPE;
    char message[REPLY_BYTES] = "the door is closed", *found = strstr(reply, "\"message\": \"");
    if (found != NULL || (found = strstr(reply, "\"error\": \"")) != NULL)
        sscanf(strchr(found, ':') + 3, "%[^\"]", message);
    strcpy(refusal, message);
    return NO;
}

/* --- scopes of this process */

struct scope {
    struct scope *outer;
    pid_t process;
    char name[64];
};

static struct scope *innermost;

/* End the innermost scope. */
static void leave(int status)
{
    char request[160], reply[REPLY_BYTES];
    struct scope *scope = innermost;
    innermost = scope->outer;
    if (scope->process == getpid()) { /* else a fork's copy: the scope is its parent's */
        int length = sprintf(request, "{\"operation\": \"leave\", \"scope\": \"%s\", "
                             "\"status\": %d}\n", scope->name, status);
        ask(request, (size_t)length, reply);
    }
    free(scope);
}

static int returned, returned_status;

static void unwound(void *scope)
{
    int status = returned ? returned_status : return_catch_value; /* else a long jump left it */
    returned = 0;
    while (innermost != NULL && innermost != scope)
        leave(status);
    if (innermost != NULL)
        leave(status);
}

static int begin(const char name[64])
{
    struct scope *scope = malloc(sizeof *scope);
    if (scope == NULL)
        return 0;
    scope->outer = innermost;
    scope->process = getpid();
    strcpy(scope->name, name);
    innermost = scope;
    return 1;
}

/* Begin a scope that ends with `end`, or when a long jump leaves the code between the two. */
static int begin_frame(const char name[64])
{
    if (!begin(name))
        return 0;
    begin_unwind_frame("scope");
    add_unwind_protect(unwound, innermost);
    return 1;
}

static int end_frame(int status)
{
    returned = 1;
    returned_status = status;
    run_unwind_frame("scope");
    return status;
}

/* A process that exits so in place of a command did not find it. */
static void missed(const char *command)
{
    char reply[REPLY_BYTES], *request = malloc(6 * strlen(command) + 64);
    if (request == NULL)
        return;
    char *end = stpcpy(request, "{\"operation\": \"unknown\", \"command\": ");
    end = stpcpy(quoted(end, command, strlen(command)), "}\n");
    ask(request, (size_t)(end - request), reply);
    free(request);
}

static void exited(int status, void *unused)
{
    (void)unused;
    while (innermost != NULL)
        leave(status);
    if (status == NOT_FOUND && this_command_name != NULL && find_shell_builtin(this_command_name) == NULL
        && find_function(this_command_name) == NULL)
        missed(this_command_name);
}

/* --- texts that come out of files */

struct text {
    char *bytes;
    size_t length;
};

static int grown(struct text *text, const char *bytes, size_t length)
{
    char *more = realloc(text->bytes, text->length + length + 1);
    if (more == NULL)
        return 0;
    memcpy(more + text->length, bytes, length);
    text->bytes = more;
    text->length += length;
    more[text->length] = '\0';
    return 1;
}

static int slurped(int file, struct text *text)
{
    char chunk[65536];
    for (;;) {
        ssize_t got = read(file, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        if (!grown(text, chunk, (size_t)got))
            return 0;
    }
}

/* Put a copy of a text in place of an open pipe, to be read from its start: in a pipe again, so that
   everybody who shares it goes on sharing it, or in a file if no pipe is as large. */
static int put_back(int descriptor, const struct text *text)
{
    int ends[2], flags = fcntl(descriptor, F_GETFD);
    size_t done = 0;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return 0;
    if (fcntl(ends[1], F_SETPIPE_SZ, text->length < PIPE_BYTES ? PIPE_BYTES : (int)text->length)
        < (int)text->length) {
        close(ends[0]);
        close(ends[1]);
        ends[0] = memfd_create("text", MFD_CLOEXEC);
        ends[1] = ends[0] < 0 ? -1 : dup(ends[0]);
    }
    while (done < text->length) {
        ssize_t written = write(ends[1], text->bytes + done, text->length - done);
        if (written < 0 && errno != EINTR)
            break;
        if (written > 0)
            done += (size_t)written;
    }
    lseek(ends[0], 0, SEEK_SET);
    int placed = done == text->length && dup2(ends[0], descriptor) >= 0
                 && fcntl(descriptor, F_SETFD, flags) >= 0;
    close(ends[0]);
    close(ends[1]);
    return placed;
}

/* Read the text that bash is about to read from a path, without taking it away from it. */
static int read_ahead(const char *path, struct text *text)
{
    struct stat status;
    int descriptor = -1;
    if (stat(path, &status) < 0)
        return 0;
    if (S_ISREG(status.st_mode)) {
        int file = open(path, O_RDONLY | O_CLOEXEC);
        int whole = file >= 0 && slurped(file, text);
        if (file >= 0)
            close(file);
        return whole;
    }
    /* A pipe can be read once: what bash reads afterwards is a copy. */
    if (S_ISFIFO(status.st_mode)
        && (strcmp(path, "/dev/stdin") == 0 ? (descriptor = STDIN_FILENO) == STDIN_FILENO
            : sscanf(path, "/dev/fd/%d", &descriptor) == 1
              || sscanf(path, "/proc/self/fd/%d", &descriptor) == 1))
        return slurped(descriptor, text) && put_back(descriptor, text);
    return 0;
}

/* Read the script that comes through standard input, if it comes as a whole.

   The commands in it share standard input with bash, so nothing may be taken out of a pipe: it is
   duplicated. A writer that goes on writing after a pause, or more than the pipe holds, may wait for
   what the script does; then the text stays unseen. */
static int peeked(struct text *text)
{
    struct stat status;
    if (fstat(STDIN_FILENO, &status) < 0)
        return 0;
    if (S_ISREG(status.st_mode)) {
        char chunk[65536];
        off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);
        ssize_t got;
        while ((got = pread(STDIN_FILENO, chunk, sizeof chunk, at)) > 0 && at >= 0) {
            if (!grown(text, chunk, (size_t)got))
                return 0;
            at += got;
        }
        return got == 0;
    }
    if (!S_ISFIFO(status.st_mode))
        return 0;
    fcntl(STDIN_FILENO, F_SETPIPE_SZ, LARGEST_PIPE_BYTES); /* as far as the system allows */
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    int wait_ms = -1; /* until the first byte bash itself could only wait */
    while (poll(&input, 1, wait_ms) < 0 && errno == EINTR)
        ;
    for (int waited = 0; !(input.revents & POLLHUP); waited++) {
        if (waited == QUIET_MS)
            return 0;
        input.events = 0;
        if (poll(&input, 1, 1) < 0 && errno != EINTR)
            return 0;
    }
    int copy[2], room = fcntl(STDIN_FILENO, F_GETPIPE_SZ);
    if (room <= 0 || pipe2(copy, O_CLOEXEC) < 0)
        return 0;
    fcntl(copy[1], F_SETPIPE_SZ, room);
    ssize_t length = tee(STDIN_FILENO, copy[1], (size_t)room, SPLICE_F_NONBLOCK);
    close(copy[1]);
    int whole = length > 0 && slurped(copy[0], text);
    close(copy[0]);
    return whole;
}

/* --- the calls that execute a text */

static int hooked_evalstring(char *text, const char *from, int flags)
{
    char scope[64];
    int answer = *text != '\0' ? told("eval", text, strlen(text), scope) : OWN;
    if (answer == NO) {
        builtin_error("%s", refusal);
        return REFUSED;
    }
    int framed = answer == SCOPE && begin_frame(scope), status = evalstring(text, from, flags);
    return framed ? end_frame(status) : status;
}

static int hooked_source_file(const char *path, int flags)
{
    char scope[64];
    struct text text = {0};
    int seen = read_ahead(path, &text) && text.length > 0;
    int answer = seen ? told("source", text.bytes, text.length, scope) : OWN;
    free(text.bytes);
    if (answer == NO) {
        builtin_error("%s", refusal);
        return REFUSED;
    }
    int framed = answer == SCOPE && begin_frame(scope), status = source_file(path, flags);
    return framed ? end_frame(status) : status;
}

/* The text of a trap may run after every command: what is the program's own is asked for once. */
static int hooked_trap(char *text, const char *from, int flags)
{
    static char *own;
    char scope[64];
    if (*text == '\0' || (own != NULL && strcmp(own, text) == 0))
        return parse_and_execute(text, from, flags);
    int answer = told("trap", text, strlen(text), scope);
    if (answer == NO) {
        internal_error("%s", refusal);
        return REFUSED;
    }
    if (answer == OWN) {
        free(own);
        own = strdup(text);
    }
    int framed = answer == SCOPE && begin_frame(scope);
    int status = parse_and_execute(text, from, flags);
    return framed ? end_frame(status) : status;
}

/* --- loading */

static int enter_what_started(void)
{
    struct text text = {0};
    const char *how;
    int seen = 0;
    if (command_execution_string != NULL) {
        how = "-c";
        seen = grown(&text, command_execution_string, strlen(command_execution_string));
    } else if (shell_script_filename != NULL) {
        how = "file";
        struct stat status;
        char *found = stat(shell_script_filename, &status) < 0 && errno == ENOENT
                              && strchr(shell_script_filename, '/') == NULL
                          ? find_path_file(shell_script_filename)
                          : NULL;
        seen = read_ahead(found != NULL ? found : shell_script_filename, &text);
        free(found);
    } else if (read_from_stdin || !isatty(STDIN_FILENO)) {
        how = "stdin";
        seen = peeked(&text);
    }
    if (!seen || text.length == 0) {
        free(text.bytes);
        return 1;
    }
    char scope[64];
    int answer = told(how, text.bytes, text.length, scope);
    free(text.bytes);
    return answer == OWN || (answer == SCOPE && begin(scope));
}

/* Lead the calls of one function to another, in the code between two addresses.

   A call, or a jump in a call's place, is one byte and the distance to its target. */
static int led(void *from, void *to, void *target, void *hook)
{
    unsigned char *start = from, *end = to;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *first = (unsigned char *)((uintptr_t)start & ~(page - 1));
    static unsigned char *bridges;
    int found = 0;
    if (bridges == NULL) {
        /* A distance has 32 bits: the bridge to the hook lies near. */
        bridges = mmap(first - (64 << 20), page, PROT_READ | PROT_WRITE | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (bridges == MAP_FAILED || labs(bridges - first) > INT32_MAX - (1 << 20))
            return 0;
    }
    static const unsigned char jump[6] = {0xff, 0x25, 0, 0, 0, 0}; /* to the address that follows */
    unsigned char *bridge = bridges;
    memcpy(bridge, jump, sizeof jump);
    memcpy(bridge + sizeof jump, &hook, sizeof hook);
    bridges += 16;
    if (mprotect(first, (size_t)(end - first), PROT_READ | PROT_WRITE | PROT_EXEC) < 0)
        return 0;
    for (unsigned char *at = start; at + 5 <= end; at++) {
        int32_t distance;
        memcpy(&distance, at + 1, sizeof distance);
        if ((*at == 0xe8 || *at == 0xe9) && at + 5 + distance == (unsigned char *)target) {
            distance = (int32_t)(bridge - (at + 5));
            memcpy(at + 1, &distance, sizeof distance);
            found++;
        }
    }
    return mprotect(first, (size_t)(end - first), PROT_READ | PROT_EXEC) == 0 ? found : 0;
}

static int all_led(void)
{
    char *eval = (char *)eval_builtin, *source = (char *)source_builtin;
    char *mapfile = (char *)mapfile_builtin;
    char *traps = (char *)initialize_traps, *traps_end = (char *)run_exit_trap + 1024;
    return led(eval, eval + 256, evalstring, hooked_evalstring) == 1
           && led(mapfile, mapfile + 4096, evalstring, hooked_evalstring) == 1
           && led(source, source + 1024, source_file, hooked_source_file) == 1
           && led(traps, traps_end, parse_and_execute, hooked_trap) == 3;
}

/* Open a line to the door that takes what `set -x` writes; put its number into `_guest`. */
static int traced(void)
{
    char number[16], reply[64];
    int door = connected(), high = door < 0 ? -1 : fcntl(door, F_DUPFD_CLOEXEC, 100);
    if (door >= 0)
        close(door);
    if (high < 0 || dprintf(high, "{\"operation\": \"trace\"}\n") < 0
        || read(high, reply, sizeof reply) <= 0)
        return 1;
    sprintf(number, "%d", high);
    return bind_variable("_guest", number, 0) == NULL;
}

/* $RANDOM begins where the host says, in this shell alone: bash takes no seed from outside. */
static void seed_random(void)
{
    char *seed = get_string_value("RANDOM_SEED");
    if (seed == NULL)
        return;
    bind_variable("RANDOM", seed, 0);
    unbind_variable("RANDOM_SEED");
}

/* `guest WORD` begins; the word is only there to be `$_` afterwards. What BASH_ENV leaves behind, a
   program must not find. `guest -t` asks for a trace. `guest` alone says why it did not begin, and
   ends. */
static int guest_builtin(WORD_LIST *list)
{
    if (list != NULL && strcmp(list->word->word, "-t") == 0)
        return traced();
    if (list == NULL) {
        fprintf(stderr, "bash: %s\n", refusal);
        exit(REFUSED);
    }
    unbind_variable("_guest");
    seed_random();
    free(the_printed_command_except_trap);
    the_printed_command_except_trap = NULL;
    return enter_what_started() ? 0 : REFUSED;
}

int guest_builtin_load(char *name)
{
    Dl_info self;
    (void)name;
    bind_variable("_guest", get_string_value("_"), 0);
    if (guest_folder[0] != '\0')
        return 1;
    if (dladdr((void *)guest_builtin_load, &self) == 0
        || strlen(self.dli_fname) >= sizeof guest_folder)
        return 0;
    strcpy(guest_folder, self.dli_fname);
    *strrchr(guest_folder, '/') = '\0';
    return all_led() && on_exit(exited, NULL) == 0;
}

struct builtin guest_struct = {"guest", guest_builtin, BUILTIN_ENABLED, 0, "guest [word]", 0};
