/* The memory of C++ for the models: what a load may see, and what is known to have happened.
 *
 * An atomic is a list of messages, oldest first. A view says for each atomic the oldest message
 * that a thread may still see; a load takes that one or any later, so it may be as stale as C++
 * allows. A release store sends the thread's view along, an acquire load takes it over; a relaxed
 * one does neither. Plain data has a counter in the view instead of messages: how many accesses
 * of the other side are known to have happened. An access that needs one that is not known is a
 * data race. A seq_cst fence joins the view with that of all fences before. Left out: loads that
 * see stores of the future, which no processor does where the value decides the branch.
 * The user defines THREADS, PLACES, ATOMICS (places below it are atomics), MESSAGES; a process that
 * uses these steps declares `byte m, k`.
 */
#define RELAXED 0
#define ORDERED 1 /* release in a store, acquire in a load, both in a change */

typedef View { byte at[PLACES] }
typedef Atomic { byte value[MESSAGES]; View sent[MESSAGES]; byte newest }
View view[THREADS];
View fences;
Atomic place[ATOMICS];

/* What thread t knows, joined with another view, for places below `end`. */
inline learn(t, other, end) {
  k = 0;
  do
  :: k < end -> view[t].at[k] = (view[t].at[k] > other.at[k] -> view[t].at[k] : other.at[k]); k++
  :: else -> break
  od;
  k = 0
}

inline see(t, p, order, result) {
  result = place[p].value[m];
  view[t].at[p] = m;
  if
  :: (order) == ORDERED -> learn(t, place[p].sent[m], PLACES)
  :: else
  fi;
  m = 0
}

inline load(t, p, order, result) {
  atomic {
    m = view[t].at[p];
    do
    :: m < place[p].newest -> m++
    :: break
    od;
    d_step { see(t, p, order, result) }
  }
}

inline append(t, p, next, order) {
  place[p].newest++;
  m = place[p].newest;
  assert(m < MESSAGES);
  place[p].value[m] = next;
  view[t].at[p] = m;
  k = 0;
  do
  :: k < PLACES && (order) == ORDERED -> place[p].sent[m].at[k] = view[t].at[k]; k++
  :: else -> break
  od;
  place[p].sent[m].at[p] = m;
  k = 0;
  m = 0
}

inline store(t, p, next, order) {
  d_step { append(t, p, next, order) }
}

/* Exchange, fetch_add: sees the newest message, and what was sent along goes on with its own. */
inline change(t, p, next, order, result) {
  d_step {
    m = place[p].newest;
    see(t, p, order, result);
    append(t, p, next, order);
    m = place[p].newest;
    k = 0;
    do
    :: k < PLACES ->
       place[p].sent[m].at[k] = (place[p].sent[m].at[k] > place[p].sent[m - 1].at[k] ->
                                 place[p].sent[m].at[k] : place[p].sent[m - 1].at[k]);
       k++
    :: else -> break
    od;
    k = 0;
    m = 0
  }
}

inline fence(t) {
  d_step {
    learn(t, fences, ATOMICS);
    do
    :: k < ATOMICS -> fences.at[k] = view[t].at[k]; k++
    :: else -> break
    od;
    k = 0
  }
}
