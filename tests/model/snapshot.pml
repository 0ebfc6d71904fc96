/* parallel/snapshot.hpp, ParallelEngine::snapshot() and Worker::save_part(): consistent cuts through a feed.
 *
 * Ticks and markers go through rings (channels here: ring.pml) to two workers; dropped ticks are
 * told with the next marker. Another thread sees a snapshot ready, under the memory of C++, and reads
 * the parts. Each worker answers each marker once; a part holds exactly the ticks that were
 * submitted, and the drops that were counted, before the snapshot; nobody touches a snapshot that is gone.
 */
#ifndef TICKS
#define TICKS 2
#endif
#define SNAPSHOTS 2
#define RING 2
mtype:mutant = { none, ahead_of_ring, relaxed_reached, relaxed_ready, reached_before_saved,
                 drops_not_told, drops_told_twice, not_kept, only_where_room }
#ifndef MUTANT
#define MUTANT none
#endif

#define READER 2 /* threads: the workers 0 and 1, and two that look at snapshots */
#define SUBMITTER 3
#define THREADS 4
#define ATOMICS 2    /* how many workers have reached snapshot 0, snapshot 1 */
#define PART(snapshot, w) (2 + 2 * snapshot + w) /* plain data: what a worker has written */
#define PLACES 6
#define MESSAGES 3
#include "memory.pml"

typedef Snapshot {
  bool sent, kept, held;           /* held: by the caller */
  byte want_in[2], want_dropped[2]; /* at the cut */
  byte saved_in[2], saved_dropped[2], answers[2]
}
Snapshot snapshots[SNAPSHOTS];
chan ring0 = [RING] of { bool, byte, byte }; /* marker?, which snapshot, drops that are news */
chan ring1 = [RING] of { bool, byte, byte };
byte early[2]; /* of a mutant: the marker, from 1 */
byte in[2], dropped[2];
byte over;

#define full(w) (w == 0 -> len(ring0) == RING : len(ring1) == RING)

inline send(w, marker, which, news) {
  if
  :: w == 0 -> ring0!marker, which, news
  :: else -> ring1!marker, which, news
  fi
}

active proctype submitter() {
  byte m, k, tick, w, n, count, news, told[2];

  do
  :: tick < TICKS ->
     tick++;
     if
     :: w = 0
     :: w = 1
     fi;
     if
     :: atomic { dropped[w]++ } /* a full ring, or too much unread */
     :: atomic { !full(w) -> send(w, false, 0, 0); in[w]++ }
     fi;
     w = 0
  :: n < SNAPSHOTS ->
     if
     :: MUTANT == only_where_room
     :: else -> !full(0) && !full(1)
     fi;
     if
     :: n > 0 ->
        load(SUBMITTER, 0, ORDERED, count);
        if
        :: count == 2 -> snapshots[0].kept = false
        :: else
        fi;
        count = 0
     :: else
     fi;
     d_step {
       snapshots[n].sent = true;
       snapshots[n].held = true;
       snapshots[n].kept = (MUTANT != not_kept);
       snapshots[n].want_in[0] = in[0];
       snapshots[n].want_in[1] = in[1];
       snapshots[n].want_dropped[0] = dropped[0];
       snapshots[n].want_dropped[1] = dropped[1]
     };
     w = 0;
     do
     :: w == 2 -> break
     :: else ->
        d_step {
          news = (MUTANT == drops_not_told -> 0 : dropped[w] - told[w]);
          if
          :: MUTANT != drops_told_twice -> told[w] = dropped[w]
          :: else
          fi
        };
        if
        :: MUTANT == ahead_of_ring -> early[w] == 0; early[w] = n + 1
        :: MUTANT == only_where_room && full(w)
        :: MUTANT != ahead_of_ring && !full(w) -> send(w, true, n, news)
        fi;
        news = 0;
        w++
     od;
     w = 0;
     n++
  :: tick == TICKS && n == SNAPSHOTS -> break
  od;
  over++
}

active [2] proctype worker() {
  byte m, k, which, news, count, engine_in, engine_dropped, w;
  bool marker;

  w = _pid - 1;
  do
  :: atomic { w == 0 && len(ring0) > 0 -> ring0?marker, which, news; goto work }
  :: atomic { w == 1 && len(ring1) > 0 -> ring1?marker, which, news; goto work }
  :: early[w] -> marker = true; which = early[w] - 1; early[w] = 0; goto work
  :: over && len(ring0) == 0 && w == 0 && early[w] == 0 -> break
  :: over && len(ring1) == 0 && w == 1 && early[w] == 0 -> break
work:
     if
     :: atomic { !marker -> engine_in++ }
     :: else ->
        if
        :: MUTANT == reached_before_saved -> change(w, which, count + 1, ORDERED, count)
        :: else
        fi;
        d_step {
          assert(snapshots[which].kept || snapshots[which].held);
          engine_dropped = engine_dropped + news;
          snapshots[which].saved_in[w] = engine_in;
          snapshots[which].saved_dropped[w] = engine_dropped;
          snapshots[which].answers[w]++;
          view[w].at[PART(which, w)] = 1
        };
        assert(snapshots[which].kept || snapshots[which].held);
        if
        :: MUTANT == reached_before_saved
        :: MUTANT == relaxed_reached -> change(w, which, count + 1, RELAXED, count)
        :: else -> change(w, which, count + 1, ORDERED, count)
        fi
     fi;
     marker = false; which = 0; news = 0; count = 0
  od;
  over++
}

/* Waits for a snapshot and reads it, or lets go of it at any time. */
active proctype reader() {
  byte m, k, n, count;

  do
  :: n == SNAPSHOTS -> break
  :: else ->
     snapshots[n].sent;
     if
     :: snapshots[n].held = false
     :: do
        :: load(READER, n, (MUTANT == relaxed_ready -> RELAXED : ORDERED), count);
           if
           :: count == 2 -> break
           :: else
           fi
        od;
        atomic {
          count = 0;
          do
          :: count < 2 ->
             assert(view[READER].at[PART(n, count)] == 1);
             assert(snapshots[n].saved_in[count] == snapshots[n].want_in[count]);
             assert(snapshots[n].saved_dropped[count] == snapshots[n].want_dropped[count]);
             count++
          :: else -> break
          od;
          count = 0
        };
        snapshots[n].held = false
     fi;
     n++
  od
}

active proctype ledger() {
  over == 3;
  assert(snapshots[0].answers[0] == 1 && snapshots[0].answers[1] == 1);
  assert(snapshots[1].answers[0] == 1 && snapshots[1].answers[1] == 1)
}
