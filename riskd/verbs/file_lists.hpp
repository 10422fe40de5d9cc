// The files that a person means by naming files and directories on the command line.
// Main thread; reads directories, nothing else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace riskd::verbs {

// A file as it is named; for a directory all files below it that end so, by name. What is for
// editors only (`.meta.lua`) is not among those.
std::vector<std::string> files_in(const std::vector<std::string>& paths, std::string_view ending);

// The text of a file; empty when it cannot be read, and at most one byte more than `bytes_max`.
std::string text_of(const std::string& path, std::size_t bytes_max);

}  // namespace riskd::verbs
