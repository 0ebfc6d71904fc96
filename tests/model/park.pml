/* parker.hpp under the memory of C++: one waiter, two wakers, the kernel's futex.
 *
 * Wakers give, the waiter waits until there is more than it took. PATIENCE: so many of its waits
 * may run out, at any moment, and are begun again. A lost wake-up is a waiter that stays in the
 * kernel when the wakers are gone: an invalid end state. With SPINS it looks for ever instead of
 * sleeping, and the claim says that it gets on, provided that stores become visible in the end.
 */
#ifndef GIFTS
#define GIFTS 2 /* of the first waker; the other gives one */
#endif
#ifndef PATIENCE
#define PATIENCE 0
#endif
#ifndef SPINS
#define SPINS 0
#endif
mtype:mutant = { none, looks_only_before_flag, no_fence_asleep, no_fence_awake, wakes_before_store,
                 sleeper_not_woken, cleared_after_waking, sleeps_whatever_flag }
#ifndef MUTANT
#define MUTANT none
#endif

#define S 2 /* threads: the sleeper, and the wakers 0 and 1 */
#define THREADS 3
#define ASLEEP 2 /* atomics: the flag, and what wakers 0 and 1 have given */
#define ATOMICS 3
#define PLACES 3
#define MESSAGES (22 + 4 * PATIENCE)
#include "memory.pml"

bool in_kernel, over;

active [2] proctype waker() {
  byte m, k, given, asleep;

  do
  :: given == (_pid == 0 -> GIFTS : 1) -> break
  :: else ->
     given++;
     if
     :: MUTANT == wakes_before_store
     :: else -> store(_pid, _pid, given, ORDERED)
     fi;
     if
     :: SPINS || MUTANT == no_fence_awake
     :: else -> fence(_pid)
     fi;
     if
     :: SPINS
     :: else ->
        load(_pid, ASLEEP, RELAXED, asleep);
        if
        :: asleep && MUTANT == cleared_after_waking ->
           in_kernel = false;
           change(_pid, ASLEEP, 0, RELAXED, asleep)
        :: asleep && MUTANT != cleared_after_waking ->
           change(_pid, ASLEEP, 0, RELAXED, asleep);
           if
           :: asleep && MUTANT != sleeper_not_woken -> in_kernel = false
           :: else
           fi
        :: else
        fi
     fi;
     if
     :: MUTANT == wakes_before_store -> store(_pid, _pid, given, ORDERED)
     :: else
     fi;
     asleep = 0
  od
}

#define look()                \
  load(S, 0, ORDERED, first); \
  if                          \
  :: first + second > taken   \
  :: else -> load(S, 1, ORDERED, second) \
  fi

active proctype sleeper() {
  byte m, k, first, second, taken, patience;
  bool late;

  patience = PATIENCE;
  do
  :: taken == GIFTS + 1 -> break
  :: else ->
wait:
     look();
     if
     :: first + second > taken -> taken++; goto next
     :: first + second <= taken && SPINS -> goto wait
     :: first + second <= taken && !SPINS
     fi;
sleep:
     store(S, ASLEEP, 1, RELAXED);
     if
     :: MUTANT == no_fence_asleep
     :: else -> fence(S)
     fi;
     if
     :: MUTANT == looks_only_before_flag
     :: else -> look()
     fi;
     if
     :: first + second <= taken && !late && patience -> patience--; late = true
     :: else
     fi;
     if
     :: first + second > taken -> store(S, ASLEEP, 0, RELAXED); taken++; late = false; goto next
     :: first + second <= taken && late -> store(S, ASLEEP, 0, RELAXED); late = false; goto wait
     :: else
     fi;
     /* The kernel compares and goes to sleep under the lock that a waker takes. */
     atomic {
       if
       :: place[ASLEEP].value[place[ASLEEP].newest] || MUTANT == sleeps_whatever_flag ->
          in_kernel = true
       :: else
       fi
     };
     if
     :: atomic { !in_kernel -> goto sleep }
     :: atomic { in_kernel && patience -> patience--; late = true; in_kernel = false; goto sleep }
     fi;
next: skip
  od;
  over = true
}

#if SPINS
/* What was stored becomes visible, sooner or later, whether or not anybody looks. */
active proctype propagation() {
end:
  do
  :: atomic { view[S].at[0] < place[0].newest -> view[S].at[0]++ }
  :: atomic { view[S].at[1] < place[1].newest -> view[S].at[1]++ }
  od
}

ltl gets_on { <> over }
#endif
