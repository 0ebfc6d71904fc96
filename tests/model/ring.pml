/* spsc_cursor.hpp under the memory of C++: positions with copies of the other side's, four orders,
 * the closed flag; items staged several at a time; blocking, dropping, refusing.
 *
 * Each plain access of a slot must be known to come after the one before it (no data race), each
 * item arrives once and in order, and at the end pushed = popped + dropped + refused.
 */
#define BLOCK 0
#define DROP 1
#define REFUSE 2
#ifndef ON_FULL
#define ON_FULL BLOCK
#endif
#ifndef CAPACITY
#define CAPACITY 2
#endif
#ifndef ITEMS
#define ITEMS 4
#endif
mtype:mutant = { none, relaxed_publish, relaxed_observe, relaxed_release, relaxed_reclaim,
                 relaxed_close, relaxed_closed, closed_looked_at_last, drop_not_counted,
                 one_too_many }
#ifndef MUTANT
#define MUTANT none
#endif
#define ORDER(weak) (MUTANT == weak -> RELAXED : ORDERED)

#define P 0 /* threads */
#define C 1
#define THREADS 2
#define TAIL 0 /* atomics */
#define HEAD 1
#define CLOSED 2
#define ATOMICS 3
#define WRITES 3 /* items written, items read: plain data */
#define READS 4
#define PLACES 5
#define MESSAGES (ITEMS + 1)
#include "memory.pml"

byte slot[CAPACITY];
byte pushed, popped, dropped, refused;
byte over; /* threads that have ended */

#define ROOM (CAPACITY + (MUTANT == one_too_many -> 1 : 0) - (staged - seen_head))

active proctype producer() {
  byte m, k, item, staged, published, seen_head;

#define publish() \
  if :: staged != published -> published = staged; store(P, TAIL, staged, ORDER(relaxed_publish)) \
     :: else fi

  do
  :: item == ITEMS -> break
  :: else ->
     item++;
     if
     :: ROOM >= 1
     :: else -> load(P, HEAD, ORDER(relaxed_reclaim), seen_head)
     fi;
     if
     :: ROOM >= 1
     :: else ->
        publish();
again:  load(P, HEAD, ORDER(relaxed_reclaim), seen_head);
        if
        :: ROOM >= 1
        :: ROOM < 1 && ON_FULL == BLOCK -> goto again
        :: ROOM < 1 && ON_FULL == DROP -> dropped = dropped + (MUTANT == drop_not_counted -> 0 : 1);
           goto next
        :: ROOM < 1 && ON_FULL == REFUSE -> goto again /* the caller comes again, */
        :: ROOM < 1 && ON_FULL == REFUSE -> refused++; goto next /* or not */
        fi
     fi;
     d_step {
       /* The read of the item that was here, if any, is known. */
       assert(staged < CAPACITY || view[P].at[READS] > staged - CAPACITY);
       slot[staged % CAPACITY] = item;
       staged++;
       view[P].at[WRITES] = staged;
       pushed++
     };
     if
     :: publish()
     :: skip
     fi;
next: skip
  od;
  publish();
  store(P, CLOSED, 1, ORDER(relaxed_close));
  over++
}

active proctype consumer() {
  byte m, k, last, taken, seen_tail, closed, most, n;

  do
  :: if
     :: most = 1
     :: most = CAPACITY
     fi;
     if
     :: MUTANT == closed_looked_at_last -> closed = 0
     :: else -> load(C, CLOSED, ORDER(relaxed_closed), closed)
     fi;
     if
     :: seen_tail - taken < most -> load(C, TAIL, ORDER(relaxed_observe), seen_tail)
     :: else
     fi;
     n = (seen_tail - taken < most -> seen_tail - taken : most);
     n = (n < CAPACITY - taken % CAPACITY -> n : CAPACITY - taken % CAPACITY);
     if
     :: n == 0 && MUTANT == closed_looked_at_last -> load(C, CLOSED, ORDERED, closed)
     :: else
     fi;
     if
     :: n == 0 && closed -> break
     :: else
     fi;
     do
     :: n > 0 ->
        d_step {
          assert(view[C].at[WRITES] > taken); /* the write of this item is known */
          assert(slot[taken % CAPACITY] > last);
          assert(ON_FULL != BLOCK || slot[taken % CAPACITY] == last + 1);
          last = slot[taken % CAPACITY];
          taken++;
          view[C].at[READS] = taken;
          popped++;
          n--
        }
     :: else -> break
     od;
     if
     :: taken != place[HEAD].value[place[HEAD].newest] ->
        store(C, HEAD, taken, ORDER(relaxed_release))
     :: else
     fi;
     most = 0
  od;
  over++
}

active proctype ledger() {
  over == 2;
  assert(pushed == popped && pushed + dropped + refused == ITEMS)
}
