# distutils: language = c++
include "core.pxi"
include "clock.pxi"
include "events.pxi"
include "summary.pxi"
include "parallel.pxi"
