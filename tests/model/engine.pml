/* parallel.cpp and worker.cpp: a submitter and workers that sleep and wake each other.
 *
 * Rings and parkers are sound by ring.pml and park.pml, so a ring is two counters here and each
 * step is seen at once. What is left to show: whoever waits gets on, with every policy; an outbox
 * never overflows; after flush() every decision can be read; close() with full rings ends; what was
 * submitted is processed, dropped or held, and what is processed can be read.
 */
#define BLOCK 0
#define DROP 1
#ifndef ON_FULL
#define ON_FULL BLOCK
#endif
#ifndef WORKERS
#define WORKERS 1
#endif
#ifndef TICKS
#define TICKS 4
#endif
#define RING 2
#ifndef UNREAD
#define UNREAD 2 /* decisions that may be unread or under way, and the rows of an outbox */
#endif
mtype:mutant = { none, publish_without_wake, release_without_wake, errand_without_wake,
                 answer_without_wake, close_without_wake, wake_only_after_ticks,
                 waits_with_staged, retries_with_staged, drop_not_counted, no_credit,
                 done_before_decisions, unread_from_done, close_drops_rest,
                 worker_sleeps_unlooked, submitter_sleeps_unlooked }
#ifndef MUTANT
#define MUTANT none
#endif
#define unless(m) (MUTANT != m)

typedef Lane {
  byte tail, head;             /* of the ring: records published, given back */
  byte rows, read;             /* of the outbox: published, read */
  byte done;                   /* ticks that are done */
  byte snapshot;                   /* the record that is a marker, from 1; 0: none yet */
  bool errand, closed, ended;
  bool asleep, in_kernel       /* its parker */
}
Lane link[WORKERS];
bool asleep, in_kernel; /* the submitter's parker */
byte snapshots_missing;
bool over;

inline wake_submitter() {
  if
  :: atomic { asleep -> asleep = false; in_kernel = false }
  :: else
  fi
}

inline wake_worker(v) {
  if
  :: atomic { link[v].asleep -> link[v].asleep = false; link[v].in_kernel = false }
  :: else
  fi
}

/* Looks, then sleeps: the flag, another look, the kernel's compare. */
inline park(ready, flag, kernel, sound) {
  do
  :: ready -> break
  :: else ->
     flag = true;
     if
     :: (ready) && sound -> flag = false; break
     :: else
     fi;
     atomic {
       if
       :: flag -> kernel = true
       :: else
       fi
     };
     !kernel /* the kernel's sleep */
  od
}

#define CALLED(w) (link[w].tail != link[w].head || link[w].closed || link[w].errand)

proctype worker(byte w) {
  byte batch, taken, staged; /* staged: rows of the outbox */

  do
  :: park(CALLED(w), link[w].asleep, link[w].in_kernel, unless(worker_sleeps_unlooked));
     if
     :: link[w].errand ->
        link[w].errand = false;
        if
        :: unless(answer_without_wake) -> wake_submitter()
        :: else
        fi
     :: else
     fi;
     if
     :: link[w].closed -> break
     :: else
     fi;
     batch = link[w].tail - link[w].head;
     if
     :: batch == 0 -> goto quiet
     :: else
     fi;
     d_step {
       do
       :: batch > 0 ->
          batch--;
          taken++;
          if
          :: link[w].snapshot == taken -> snapshots_missing--
          :: else ->
             assert(staged - link[w].read < UNREAD); /* the outbox has room */
             staged++
          fi
       :: else -> break
       od
     };
     if
     :: MUTANT == done_before_decisions -> link[w].done = staged
     :: else
     fi;
     link[w].rows = staged;
     link[w].head = taken;
     if
     :: MUTANT == wake_only_after_ticks && link[w].done == staged -> goto quiet
     :: else
     fi;
     link[w].done = staged;
     if
     :: unless(release_without_wake) -> wake_submitter()
     :: else
     fi;
quiet: skip
  od;
  link[w].ended = true;
  wake_submitter()
}

#define LAST (WORKERS - 1)
#define ROOM(w) (staged[w] - link[w].head < RING)
#define SPENT(w) (sent[w] - link[w].read == UNREAD && unless(no_credit))
#define READABLE (link[0].rows != link[0].read || link[LAST].rows != link[LAST].read)
#define DONE (link[0].done == sent[0] && link[LAST].done == sent[LAST])
#define wait_for(ready) park(ready, asleep, in_kernel, unless(submitter_sleeps_unlooked))

inline publish() {
  v = 0;
  do
  :: v == WORKERS -> break
  :: else ->
     if
     :: link[v].tail != staged[v] ->
        link[v].tail = staged[v];
        if
        :: unless(publish_without_wake) -> wake_worker(v)
        :: else
        fi
     :: else
     fi;
     v++
  od;
  v = 0
}

inline poll() {
  v = 0;
  do
  :: v == WORKERS -> break
  :: else ->
     link[v].read = link[v].rows;
     /* unread() counts published rows, and is no huge number. */
     assert(unless(unread_from_done) || link[v].done >= link[v].read);
     v++
  od;
  v = 0
}

/* One tick to worker w: submit() until it is taken or dropped. */
inline submit(w) {
  do
  :: ROOM(w) && !SPENT(w) -> staged[w]++; sent[w]++; break
  :: else ->
     if
     :: MUTANT == waits_with_staged || (MUTANT == retries_with_staged && !SPENT(w))
     :: else -> publish()
     fi;
     if
     :: SPENT(w) && ON_FULL == BLOCK -> wait_for(READABLE); poll()
     :: (SPENT(w) || !ROOM(w)) && ON_FULL == DROP ->
        dropped = dropped + (MUTANT == drop_not_counted -> 0 : 1);
        break
     :: !SPENT(w) && !ROOM(w) && ON_FULL == BLOCK && unless(retries_with_staged) ->
        wait_for(ROOM(w))
     :: else
     fi
  od
}

proctype submitter() {
  byte tick, v, w, dropped, staged[WORKERS], sent[WORKERS];
  bool asked;

  do
  :: tick == TICKS -> break
  :: else ->
     tick++;
     if
     :: w = 0
     :: w = LAST
     fi;
     submit(w);
     if
     :: publish() /* each 64 ticks, or the end of the call */
     :: skip
     :: publish(); poll()
     :: !asked && WORKERS == 1 ->
        asked = true;
        publish();
        link[w].errand = true;
        if
        :: unless(errand_without_wake) -> wake_worker(w)
        :: else
        fi;
        wait_for(!link[w].errand)
     :: snapshots_missing == 0 && link[0].snapshot == 0 ->
        publish();
        wait_for(ROOM(0) && ROOM(LAST));
        atomic {
          snapshots_missing = WORKERS;
          v = 0;
          do
          :: v == WORKERS -> break
          :: else -> staged[v]++; link[v].snapshot = staged[v]; v++
          od
        };
        publish();
        if
        :: wait_for(snapshots_missing == 0)
        :: skip
        fi
     fi
  od;
  if
  :: skip /* close() at once */
  :: publish();
     wait_for(DONE);
     assert(link[0].rows == sent[0] && link[LAST].rows == sent[LAST]);
     poll()
  fi;
  if
  :: MUTANT == close_drops_rest
  :: else -> publish()
  fi;
  v = 0;
  do
  :: v == WORKERS -> break
  :: else ->
     link[v].closed = true;
     if
     :: unless(close_without_wake) -> wake_worker(v)
     :: else
     fi;
     v++
  od;
  link[0].ended && link[LAST].ended; /* join */
  atomic {
    v = 0;
    tick = dropped;
    do
    :: v == WORKERS -> break
    :: else ->
       assert(link[v].rows == link[v].done);
       /* Processed, and held: in the ring, a marker is no tick. */
       tick = tick + link[v].done + link[v].tail - link[v].head -
              (link[v].snapshot > link[v].head -> 1 : 0);
       v++
     od;
    assert(tick == TICKS)
  };
  over = true
}

init {
  byte v;
  atomic {
    do
    :: v == WORKERS -> break
    :: else -> run worker(v); v++
    od;
    run submitter()
  }
}

ltl gets_on { <> over }
