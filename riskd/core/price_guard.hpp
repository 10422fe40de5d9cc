// One bad tick must not liquidate anyone, nor let new risk in; a real crash must be followed. So a
// mark that moved too far is held until others confirm it, and while it is, or while mark and index
// differ too much, the mark is in doubt: nobody decides by it, as if it were stale. Pure functions
// of terms, prices and the event's time; nothing here fails. Core thread.
//
// Distance of two prices a and b: |a - b| / min(a, b). So a tenth and the tenfold are equally far
// (900 %), and from 100 both 110 and 90.91 are 10 % away.
//
// jump_max (zero: off). A mark within it of the mark that stands is taken, and ends what doubt
// there was. Any other, and the first one of all, is a candidate. Each further mark, made later and
// within jump_max of the candidate before it, confirms, and is the candidate then; the one that
// makes it terms.confirmations is taken. A mark that is far from both begins anew.
// Worked: jump_max 10 %, confirmations 2, mark 100: 80 (held), 79 (first), 78 is taken.
//
// divergence_max (zero: off). Mark and index are further apart, and the index is not older than
// mark_age_max: in doubt until one of that ends.
#pragma once

#include "riskd/core/event.hpp"
#include "riskd/core/instrument.hpp"

namespace riskd {

// Whether two prices are further apart than a share of the lower one. REQUIRES: both above zero.
bool is_beyond(Price a, Price b, std::int64_t share_max) noexcept;

struct PriceChange {
    Prices prices;       // afterwards
    bool marked{};       // a mark was taken
    bool held{};         // a mark became the candidate
    bool indexed{};      // an index was taken
    bool modelled{};     // a volatility or an interest rate was
    PriceFaults faults;  // of this message
};
// What the prices are after a message. The newest wins: what was made before the newest mark is not
// looked at, but for an index, which is only measured by the one before it.
PriceChange change_prices(const Instrument& instrument, const PriceUpdate& update,
                          Timestamp now) noexcept;

// What they are when only time or the terms changed: an index grows old, a wider jump_max takes
// the candidate that it no longer keeps out.
Prices review_prices(const Instrument& instrument, Timestamp now) noexcept;

}  // namespace riskd
