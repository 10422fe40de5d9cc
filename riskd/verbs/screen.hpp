// A terminal taken over for a board: alternate screen, hidden cursor, redrawn in place, given back
// in every orderly end. Where standard output is no terminal it does nothing. One thread.
#pragma once

#include <string_view>

#include "riskd/verbs/board.hpp"

namespace riskd::verbs {

bool output_is_terminal() noexcept;
// Of the terminal now; 100 x 40 where there is none.
BoardShape terminal_shape() noexcept;

class Screen {
public:
    Screen();
    ~Screen();
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    void draw(std::string_view text);

private:
    bool terminal_{};
};

}  // namespace riskd::verbs
