// One LuaJIT state: the only file that touches Lua, so that its jumps stay inside. Memory has a
// cap, only text is loaded, and no library can be reached from a chunk. Core thread; loading may be
// done on any one thread before. Calling allocates nothing in C++ and never throws.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dsl/host_context.hpp"

struct lua_State;

namespace riskd::dsl {

struct Chunk {
    std::string name;  // as it stands in messages: the path of the rule
    std::string text;
};

// The functions that answer, in the order the driver returns them.
enum class EntryPoint : std::uint8_t { check, margin, portfolio, collateral, stage };
inline constexpr std::size_t entry_points = 5;

// One call may not allocate more: enough for LuaJIT to compile, and reached in well under 1 ms.
inline constexpr std::size_t call_bytes_max = 1 << 20;

class LuaState {
public:
    enum class Result : std::uint8_t { well, failed, out_of_memory };

    explicit LuaState(std::size_t memory_max_bytes);
    ~LuaState();
    LuaState(const LuaState&) = delete;
    LuaState& operator=(const LuaState&) = delete;

    // Declares the shared structs, loads each chunk, calls it with the host's functions, and calls
    // the driver with these and what the chunks returned. What went wrong, or nothing. Once.
    std::optional<std::string> load(HostContext& context, std::span<const Chunk> chunks,
                                    const Chunk& driver);

    // REQUIRES: load() went well.
    Result call(EntryPoint entry) noexcept;

    // For tests: text that no front-end has seen, run as a chunk is. Needs load().
    Result run_unchecked(std::string_view text) noexcept;

    void set_compiled(bool on) noexcept;
    // Runs the collector to its end; not on the way of an answer.
    void collect() noexcept;

    std::string_view last_error() const noexcept { return {error_.data(), error_size_}; }
    std::size_t memory_bytes() const noexcept { return memory_.used; }

private:
    struct Memory {
        std::size_t used{};
        std::size_t max{};
        std::size_t limit{};  // of the call going on; never above max
    };
    struct Loading;
    static void* allocate(void* memory, void* block, std::size_t before, std::size_t after);
    static int load_protected(lua_State* lua);
    static void push_host_functions(lua_State* lua, Loading& loading);
    static void push_chunk(lua_State* lua, std::string_view name, std::string_view text);
    Result finish(int status) noexcept;
    void begin_call() noexcept;

    Memory memory_;
    lua_State* lua_{};
    std::array<int, entry_points> references_{};
    int host_reference_{};
    std::array<char, 256> error_{};
    std::size_t error_size_{};
};

}  // namespace riskd::dsl
