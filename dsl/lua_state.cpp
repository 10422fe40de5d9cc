#include "dsl/lua_state.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <lua.hpp>

#include "riskd/core/check.hpp"
#include "riskd/core/contracts/black76.hpp"
#include "riskd/core/rulebook_schema.hpp"

namespace riskd::dsl {
namespace {

// What every rule's chunk is called with; see chunk_arguments in emitter.hpp. The emitter hands max
// and min no NaN, of which LuaJIT would make one thing compiled and another interpreted.
constexpr std::string_view host_text = R"lua(
local ffi, opt, bit, error, abs, floor, ceil, root, highest, lowest, declarations,
      context_address, row_address, across_address, log_address, exp_address, power_address,
      option_address = ...
opt.start("maxtrace=8000", "maxrecord=20000", "maxirconst=4000", "maxside=1000", "maxsnap=2000",
          "sizemcode=256", "maxmcode=16384", "hotloop=30", "hotexit=5")
ffi.cdef(declarations)
local ctx = ffi.cast("riskd_context *", context_address)
local c_row = ffi.cast("int32_t (*)(const double *, int32_t, int32_t, double)", row_address)
local c_across = ffi.cast("double (*)(const double *, int32_t, int32_t, int32_t, double)",
                          across_address)
local c_log = ffi.cast("double (*)(double)", log_address)
local c_exp = ffi.cast("double (*)(double)", exp_address)
local c_power = ffi.cast("double (*)(double, double)", power_address)
local c_option = ffi.cast("double (*)(int32_t, double, double, double, double)", option_address)
local function over()
  ctx.fault = 2
  error("the rule ran out of steps", 2)
end
local function known(x)
  if x == x then return x end
  ctx.fault = 4
  error("a number is absent", 2)
end
local function divide(a, b)
  if b == 0 then
    ctx.fault = 1
    error("division by zero", 2)
  end
  return a / b
end
local function sqrt(x)
  if x < 0 then
    ctx.fault = 1
    error("square root of a number below zero", 2)
  end
  return root(x)
end
local function max(a, b) return highest(a, b) end
local function min(a, b) return lowest(a, b) end
local function row(block, slot, width, x)
  return c_row(block, slot, width, x)
end
local function across(block, slot, width, column, x)
  return c_across(block, slot, width, column, x)
end
local function log(x)
  if x <= 0 then
    ctx.fault = 1
    error("logarithm of a number that is not above zero", 2)
  end
  return c_log(x)
end
local function exp(x) return c_exp(x) end
local function power(x, y)
  if x < 0 then
    ctx.fault = 1
    error("power of a number below zero", 2)
  end
  return c_power(x, y)
end
local function option_price(right, forward, strike, years, volatility)
  return known(c_option(right, forward, strike, years, volatility))
end
local function layout(type, field)
  if field == "" then return ffi.sizeof(type) end
  return ffi.offsetof(type, field)
end
return layout, bit.band, ctx, over, known, divide, max, min, abs, floor, ceil, sqrt, row,
       across, log, exp, power, option_price
)lua";
constexpr int host_functions = 17;  // after layout

// The last row of a steps parameter that begins at or below x; the first one when none does.
extern "C" std::int32_t riskd_dsl_find_row(const double* block, std::int32_t slot,
                                           std::int32_t width, double x) {
    auto row = static_cast<std::int32_t>(block[slot]);
    const auto count = static_cast<std::int32_t>(block[slot + 1]);
    for (std::int32_t i = 1; i < count && block[row + width] <= x; ++i)
        row += width;
    return row;
}

// x spread over the rows of a steps parameter, as a tax is: the sum of each part of it, times what
// the column says of its row. Nothing of it lies below the first row, which begins at 0. It never
// falls as x rises when no column does: a row that is full adds the same whatever lies above it.
extern "C" double riskd_dsl_spread_over_rows(const double* block, std::int32_t slot,
                                             std::int32_t width, std::int32_t column, double x) {
    auto row = static_cast<std::int32_t>(block[slot]);
    const auto count = static_cast<std::int32_t>(block[slot + 1]);
    double sum = 0;
    for (std::int32_t i = 0; i < count && block[row] < x; ++i) {
        const bool full = i + 1 < count && block[row + width] <= x;
        sum += ((full ? block[row + width] : x) - block[row]) * block[row + column];
        row += width;
    }
    return sum;
}

// Of the C library and not of LuaJIT, which takes powers otherwise when it compiles.
extern "C" double riskd_dsl_log(double x) {
    return std::log(x);
}
extern "C" double riskd_dsl_exp(double x) {
    return std::exp(x);
}
extern "C" double riskd_dsl_power(double x, double y) {
    return std::pow(x, y);
}

// `right` as rules see it. NaN when there is no such option.
extern "C" double riskd_dsl_option_price(std::int32_t right, double forward, double strike,
                                         double years, double volatility) {
    if (right == no_right) return absent;
    return black76::price(
        {.right = right == right_seen(OptionRight::put) ? OptionRight::put : OptionRight::call,
         .forward = forward,
         .strike = strike,
         .volatility = volatility,
         .years = years});
}

}  // namespace

struct LuaState::Loading {
    HostContext* context{};
    std::span<const Chunk> chunks;
    const Chunk* driver{};
    std::string_view declarations;
    std::array<int, entry_points>* references{};
    int* host_reference{};
};

void* LuaState::allocate(void* opaque, void* block, std::size_t before, std::size_t after) {
    auto& memory = *static_cast<Memory*>(opaque);
    if (after == 0) {
        memory.used -= before;
        std::free(block);
        return nullptr;
    }
    if (after > before && memory.used + (after - before) > memory.limit) return nullptr;
    void* made = std::realloc(block, after);
    if (made != nullptr) memory.used += after - before;
    return made;
}

LuaState::LuaState(std::size_t memory_max_bytes)
    : memory_{.used = 0, .max = memory_max_bytes, .limit = memory_max_bytes} {
    lua_ = lua_newstate(&LuaState::allocate, &memory_);
}

LuaState::~LuaState() {
    if (lua_ != nullptr) lua_close(lua_);
}

// Leaves the chunk as a function on the stack, with an empty table as its globals. Raises.
void LuaState::push_chunk(lua_State* lua, std::string_view name, std::string_view text) {
    char label[256];
    const std::size_t size = std::min(name.size(), sizeof label - 2);
    label[0] = '@';
    std::memcpy(label + 1, name.data(), size);
    label[size + 1] = '\0';
    if (luaL_loadbufferx(lua, text.data(), text.size(), label, "t") != 0) lua_error(lua);
    lua_newtable(lua);
    lua_setfenv(lua, -2);
}

// Leaves the host's functions on the stack and no library within reach. Raises.
void LuaState::push_host_functions(lua_State* lua, Loading& loading) {
    constexpr std::array<lua_CFunction, 4> libraries{luaopen_base, luaopen_math, luaopen_bit,
                                                     luaopen_jit};
    lua_pushcfunction(lua, luaopen_package);
    lua_call(lua, 0, 0);
    for (const lua_CFunction open : libraries) {
        lua_pushcfunction(lua, open);
        lua_call(lua, 0, 0);
    }
    if (luaL_loadbufferx(lua, host_text.data(), host_text.size(), "@host", "t") != 0) {
        lua_error(lua);
    }
    lua_pushcfunction(lua, luaopen_ffi);
    lua_call(lua, 0, 1);
    lua_getglobal(lua, "require");
    lua_pushliteral(lua, "jit.opt");
    lua_call(lua, 1, 1);
    lua_getglobal(lua, "bit");
    lua_getglobal(lua, "error");
    lua_getglobal(lua, "math");
    lua_getfield(lua, -1, "abs");
    lua_getfield(lua, -2, "floor");
    lua_getfield(lua, -3, "ceil");
    lua_getfield(lua, -4, "sqrt");
    lua_getfield(lua, -5, "max");
    lua_getfield(lua, -6, "min");
    lua_remove(lua, -7);
    lua_pushlstring(lua, loading.declarations.data(), loading.declarations.size());
    lua_pushlightuserdata(lua, loading.context);
    lua_pushlightuserdata(lua, reinterpret_cast<void*>(&riskd_dsl_find_row));
    lua_pushlightuserdata(lua, reinterpret_cast<void*>(&riskd_dsl_spread_over_rows));
    lua_pushlightuserdata(lua, reinterpret_cast<void*>(&riskd_dsl_log));
    lua_pushlightuserdata(lua, reinterpret_cast<void*>(&riskd_dsl_exp));
    lua_pushlightuserdata(lua, reinterpret_cast<void*>(&riskd_dsl_power));
    lua_pushlightuserdata(lua, reinterpret_cast<void*>(&riskd_dsl_option_price));
    lua_call(lua, 18, host_functions + 1);
    const int layout = lua_gettop(lua) - host_functions;
    for (const Offset& each : shared_offsets()) {
        lua_pushvalue(lua, layout);
        lua_pushlstring(lua, each.type.data(), each.type.size());
        lua_pushlstring(lua, each.field.data(), each.field.size());
        lua_call(lua, 2, 1);
        if (lua_tonumber(lua, -1) != static_cast<double>(each.bytes)) {
            luaL_error(lua, "LuaJIT lays out %s.%s otherwise than C++", each.type.data(),
                       each.field.data());
        }
        lua_pop(lua, 1);
    }
    lua_remove(lua, layout);
    // Nothing of the libraries may be found by a chunk, whatever it is.
    lua_newtable(lua);
    lua_replace(lua, LUA_GLOBALSINDEX);
}

int LuaState::load_protected(lua_State* lua) {
    auto& loading = *static_cast<Loading*>(lua_touserdata(lua, 1));
    lua_settop(lua, 0);
    push_host_functions(lua, loading);  // 1: band, 2...: as chunk_arguments
    int returned = 0;
    for (const Chunk& chunk : loading.chunks) {
        luaL_checkstack(lua, host_functions + 8, "rules");
        const int before = lua_gettop(lua);
        push_chunk(lua, chunk.name, chunk.text);
        for (int i = 2; i <= host_functions; ++i)
            lua_pushvalue(lua, i);
        lua_call(lua, host_functions - 1, LUA_MULTRET);
        returned += lua_gettop(lua) - before;
    }
    luaL_checkstack(lua, host_functions + returned + 8, "rules");
    push_chunk(lua, loading.driver->name, loading.driver->text);
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, 1);
    for (int i = 0; i < returned; ++i)
        lua_pushvalue(lua, host_functions + 1 + i);
    lua_call(lua, returned + 2, static_cast<int>(entry_points));
    for (std::size_t i = entry_points; i-- > 0;) {
        (*loading.references)[i] = luaL_ref(lua, LUA_REGISTRYINDEX);
    }
    // Kept for run_unchecked: a function is called with the same arguments as a rule's chunk.
    lua_createtable(lua, host_functions, 0);
    for (int i = 2; i <= host_functions; ++i) {
        lua_pushvalue(lua, i);
        lua_rawseti(lua, -2, i - 1);
    }
    *loading.host_reference = luaL_ref(lua, LUA_REGISTRYINDEX);
    return 0;
}

std::optional<std::string> LuaState::load(HostContext& context, std::span<const Chunk> chunks,
                                          const Chunk& driver) {
    if (lua_ == nullptr) return "there is no memory for LuaJIT";
    const std::string declarations = shared_declarations();
    Loading loading{.context = &context,
                    .chunks = chunks,
                    .driver = &driver,
                    .declarations = declarations,
                    .references = &references_,
                    .host_reference = &host_reference_};
    if (finish(lua_cpcall(lua_, &LuaState::load_protected, &loading)) != Result::well) {
        return std::string{last_error()};
    }
    return std::nullopt;
}

LuaState::Result LuaState::finish(int status) noexcept {
    error_size_ = 0;
    if (status == 0) return Result::well;
    if (lua_type(lua_, -1) == LUA_TSTRING) {
        std::size_t size{};
        const char* text = lua_tolstring(lua_, -1, &size);
        error_size_ = std::min(size, error_.size());
        std::memcpy(error_.data(), text, error_size_);
    }
    lua_settop(lua_, 0);
    return status == LUA_ERRMEM ? Result::out_of_memory : Result::failed;
}

void LuaState::begin_call() noexcept {
    memory_.limit = std::min(memory_.max, memory_.used + call_bytes_max);
}

LuaState::Result LuaState::call(EntryPoint entry) noexcept {
    begin_call();
    lua_rawgeti(lua_, LUA_REGISTRYINDEX, references_[static_cast<std::size_t>(entry)]);
    const int status = lua_pcall(lua_, 0, 0, 0);
    if (status == 0) [[likely]]
        return Result::well;
    return finish(status);
}

LuaState::Result LuaState::run_unchecked(std::string_view text) noexcept {
    struct Run {
        std::string_view text;
        int host{};
    };
    Run run{text, host_reference_};
    begin_call();
    const auto body = [](lua_State* lua) -> int {
        const Run asked = *static_cast<Run*>(lua_touserdata(lua, 1));
        push_chunk(lua, "unchecked", asked.text);
        lua_rawgeti(lua, LUA_REGISTRYINDEX, asked.host);
        const int table = lua_gettop(lua);
        for (int i = 1; i < host_functions; ++i)
            lua_rawgeti(lua, table, i);
        lua_remove(lua, table);
        lua_call(lua, host_functions - 1, 0);
        return 0;
    };
    return finish(lua_cpcall(lua_, body, &run));
}

void LuaState::set_compiled(bool on) noexcept {
    luaJIT_setmode(lua_, 0, LUAJIT_MODE_ENGINE | (on ? LUAJIT_MODE_ON : LUAJIT_MODE_OFF));
}

void LuaState::collect() noexcept {
    lua_gc(lua_, LUA_GCCOLLECT, 0);
}

}  // namespace riskd::dsl
