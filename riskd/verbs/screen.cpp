#include "riskd/verbs/screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace riskd::verbs {

bool output_is_terminal() noexcept {
    return ::isatty(STDOUT_FILENO) == 1;
}

BoardShape terminal_shape() noexcept {
    BoardShape shape;
    winsize size{};
    if (output_is_terminal() && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        shape.columns = size.ws_col;
        shape.lines = size.ws_row > 1 ? size.ws_row - 1U : 1U;
    }
    shape.colour = output_is_terminal() && std::getenv("NO_COLOR") == nullptr;
    return shape;
}

Screen::Screen() : terminal_(output_is_terminal()) {
    if (terminal_) std::fputs("\x1b[?1049h\x1b[?25l", stdout);
}

Screen::~Screen() {
    if (!terminal_) return;
    std::fputs("\x1b[?25h\x1b[?1049l", stdout);
    std::fflush(stdout);
}

void Screen::draw(std::string_view text) {
    if (!terminal_) return;
    std::string frame = "\x1b[H";
    for (const char c : text) {
        if (c == '\n') frame += "\x1b[K";
        frame += c;
    }
    frame += "\x1b[J";
    std::fwrite(frame.data(), 1, frame.size(), stdout);
    std::fflush(stdout);
}

}  // namespace riskd::verbs
