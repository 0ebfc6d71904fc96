# Whose turn it is: a test and set in one step, by the GIL or, without one, by an atomic. And which
# thread owns an object: asked before the turn, so that a stranger cannot get in the owner's way.
cdef extern from *:
    """
    #include <atomic>
    class tickeng_turn {
     public:
    #ifdef Py_GIL_DISABLED
      bool take() { return !taken_.exchange(true, std::memory_order_acquire); }
      void give() { taken_.store(false, std::memory_order_release); }
     private:
      std::atomic<bool> taken_ = false;
    #else
      bool take() { return taken_ ? false : (taken_ = true); }
      void give() { taken_ = false; }
     private:
      bool taken_ = false;
    #endif
    };
    class tickeng_owner {
     public:
      /// The first that claims it owns it; before that nobody is a stranger.
      bool admits(unsigned long me, bool claim) {
        unsigned long owner = thread_.load(std::memory_order_relaxed);
        if (owner != 0 || !claim) return owner == me || owner == 0;
        return thread_.compare_exchange_strong(owner, me, std::memory_order_relaxed) || owner == me;
      }
     private:
      std::atomic<unsigned long> thread_ = 0;  // tells threads apart, passes nothing on
    };
    """
    cdef cppclass Turn "tickeng_turn":
        bint take()
        void give()
    cdef cppclass Owner "tickeng_owner":
        bint admits(unsigned long me, bint claim)
