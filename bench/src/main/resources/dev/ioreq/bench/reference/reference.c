/* The same work in C, as the ceiling: a ring driven by raw system calls with the flags of our rings, pread, ioctl.
 * Compiled by gcc when a measurement starts, and called from Java; every function does many requests in one call. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Numbers that older headers lack. */
#ifndef IORING_SETUP_SUBMIT_ALL
#define IORING_SETUP_SUBMIT_ALL (1U << 7)
#endif
#ifndef IORING_SETUP_SINGLE_ISSUER
#define IORING_SETUP_SINGLE_ISSUER (1U << 12)
#endif
#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1U << 13)
#endif
#ifndef IORING_SETUP_NO_SQARRAY
#define IORING_SETUP_NO_SQARRAY (1U << 16)
#endif
#define REGISTER_RING_FDS 20
#define ENTER_REGISTERED_RING (1U << 4)

struct ring {
  int fd, enter_fd;
  unsigned enter_flags;
  unsigned *sq_tail, *cq_head, *cq_tail;
  unsigned sq_mask, cq_mask, tail;
  struct io_uring_sqe *sqes;
  struct io_uring_cqe *cqes;
};

/* A ring for the calling thread, or 0. */
struct ring *reference_ring(unsigned entries) {
  struct io_uring_params params;
  memset(&params, 0, sizeof params);
  params.flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER |
                 IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_NO_SQARRAY;
  params.cq_entries = 4 * entries;
  int fd = (int)syscall(__NR_io_uring_setup, entries, &params);
  if (fd < 0) return 0;
  size_t queues = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
  char *shared = mmap(0, queues, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQ_RING);
  struct io_uring_sqe *sqes = mmap(0, params.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQES);
  if (shared == MAP_FAILED || sqes == MAP_FAILED) {
    close(fd);
    return 0;
  }
  struct ring *ring = calloc(1, sizeof *ring);
  ring->fd = ring->enter_fd = fd;
  ring->sqes = sqes;
  ring->cqes = (struct io_uring_cqe *)(shared + params.cq_off.cqes);
  ring->sq_tail = (unsigned *)(shared + params.sq_off.tail);
  ring->cq_head = (unsigned *)(shared + params.cq_off.head);
  ring->cq_tail = (unsigned *)(shared + params.cq_off.tail);
  ring->sq_mask = params.sq_entries - 1;
  ring->cq_mask = params.cq_entries - 1;
  struct io_uring_rsrc_update update = {.offset = 0xFFFFFFFFU, .data = (uint64_t)fd};
  if (syscall(__NR_io_uring_register, fd, REGISTER_RING_FDS, &update, 1) == 1) {
    ring->enter_fd = (int)update.offset;
    ring->enter_flags = ENTER_REGISTERED_RING;
  }
  return ring;
}

/* Registers one file and one buffer. 0, or -errno. */
int reference_register(struct ring *ring, int fd, void *memory, long bytes) {
  struct iovec buffer = {memory, (size_t)bytes};
  if (syscall(__NR_io_uring_register, ring->fd, IORING_REGISTER_FILES, &fd, 1) < 0) return -errno;
  if (syscall(__NR_io_uring_register, ring->fd, IORING_REGISTER_BUFFERS, &buffer, 1) < 0) return -errno;
  return 0;
}

static struct io_uring_sqe *next_entry(struct ring *ring) {
  struct io_uring_sqe *entry = &ring->sqes[ring->tail++ & ring->sq_mask];
  memset(entry, 0, sizeof *entry);
  return entry;
}

static long enter(struct ring *ring, unsigned submitted, unsigned wanted) {
  __atomic_store_n(ring->sq_tail, ring->tail, __ATOMIC_RELEASE);
  long taken;
  do {
    taken = syscall(__NR_io_uring_enter, ring->enter_fd, submitted, wanted, IORING_ENTER_GETEVENTS | ring->enter_flags, 0, 0);
  } while (taken < 0 && errno == EINTR);
  return taken;
}

/* Batches of entries that do nothing. How many completed without error. */
long reference_nops(struct ring *ring, unsigned batch, long batches) {
  long good = 0;
  for (long i = 0; i < batches; i++) {
    for (unsigned j = 0; j < batch; j++) {
      struct io_uring_sqe *entry = next_entry(ring);
      entry->opcode = IORING_OP_NOP;
      entry->fd = -1;
      entry->user_data = j;
    }
    if (enter(ring, batch, batch) < 0) return -errno;
    unsigned head = *ring->cq_head;
    unsigned tail = __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE);
    for (; head != tail; head++) good += ring->cqes[head & ring->cq_mask].res == 0;
    __atomic_store_n(ring->cq_head, head, __ATOMIC_RELEASE);
  }
  return good;
}

static void prepare_read(struct ring *ring, int fd, char *memory, unsigned block, long number, unsigned slot, int registered,
                         int streams) {
  struct io_uring_sqe *entry = next_entry(ring);
  entry->opcode = registered ? IORING_OP_READ_FIXED : IORING_OP_READ;
  entry->flags = registered ? IOSQE_FIXED_FILE : 0;
  entry->fd = registered ? 0 : fd;
  entry->off = streams ? (uint64_t)-1 : (uint64_t)number * block;
  entry->addr = (uint64_t)(memory + (size_t)slot * block);
  entry->len = block;
  entry->user_data = slot;
}

/* Reads of whole blocks in the order number * stride modulo blocks (a power of two), `depth` in flight, each sent again
 * as soon as it has completed; blocks of 0: from a stream. How many moved a whole block, or -errno. */
long reference_reads(struct ring *ring, int fd, char *memory, unsigned block, long blocks, long stride, unsigned depth,
                     long first, long count, int registered) {
  long sent = 0, done = 0, good = 0;
  unsigned fresh = 0;
  for (; sent < count && fresh < depth; fresh++, sent++)
    prepare_read(ring, fd, memory, block, (first + sent) * stride & (blocks - 1), fresh, registered, blocks == 0);
  while (done < count) {
    if (enter(ring, fresh, 1) < 0) return -errno;
    fresh = 0;
    unsigned head = *ring->cq_head;
    unsigned tail = __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE);
    for (; head != tail; head++, done++) {
      struct io_uring_cqe *completion = &ring->cqes[head & ring->cq_mask];
      good += completion->res == (int)block;
      if (sent < count) {
        prepare_read(ring, fd, memory, block, (first + sent) * stride & (blocks - 1), (unsigned)completion->user_data,
                     registered, blocks == 0);
        fresh++;
        sent++;
      }
    }
    __atomic_store_n(ring->cq_head, head, __ATOMIC_RELEASE);
  }
  return good;
}

/* The same reads one after another, by pread. */
long reference_preads(int fd, char *memory, unsigned block, long blocks, long stride, long first, long count) {
  long good = 0;
  for (long i = 0; i < count; i++)
    good += pread(fd, memory, block, ((first + i) * stride & (blocks - 1)) * block) == (ssize_t)block;
  return good;
}
