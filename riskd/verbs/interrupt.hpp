// Ctrl-C and SIGTERM as a question a loop asks, so that every verb ends in order. The first signal
// asks, the second ends the process at once. Any thread may ask.
#pragma once

namespace riskd::verbs {

// From now on signals ask instead of killing.
void watch_interrupt() noexcept;
bool is_interrupted() noexcept;

}  // namespace riskd::verbs
