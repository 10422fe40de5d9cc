// Exit code 0 when the installed headers and the installed library belong together.
#include "riskd/core/ledger.hpp"
#include "riskd/core/reasons.hpp"

int main() {
    const riskd::Ledger ledger{riskd::LedgerLimits{}};
    const auto reason = riskd::find_reject_reason("insufficient_initial_margin");
    return reason == riskd::RejectReason::insufficient_initial_margin ? 0 : 1;
}
