// The kernels of the room quote: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/quote/microprice.hpp"
#include "tickeng/kernels/quote/microprice_displacement.hpp"
#include "tickeng/kernels/quote/mid_spread.hpp"
#include "tickeng/kernels/quote/prevailing_quote.hpp"
#include "tickeng/kernels/quote/quote_imbalance.hpp"
#include "tickeng/kernels/quote/quote_imbalance_change.hpp"
#include "tickeng/kernels/quote/quote_ofi.hpp"
#include "tickeng/kernels/quote/top_of_book.hpp"

namespace tickeng {

// clang-format off
using QuoteKernels = std::tuple<
    MidSpread,
    TopOfBook,
    Microprice,
    MicropriceDisplacement,
    QuoteImbalance,
    QuoteImbalanceChange,
    QuoteOfi,
    PrevailingQuote>;
// clang-format on

}  // namespace tickeng
