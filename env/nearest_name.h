// What somebody most likely meant who wrote a name that is not known: every message about an
// unknown name is made here. Pure; upper and lower case are the same.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flyball {

// At most three: the nearest slips of the pen (a third of the letters differ at most), or where
// there are none names that begin with `name` or that it begins with, then those of which it is a
// word ("nano" of "orin-nano-8gb"). Empty when nothing comes near.
std::vector<std::string> near_names(std::string_view name, std::span<const std::string> known);

// `; did you mean "a" or "b"?`; empty when nothing comes near.
std::string did_you_mean(std::string_view name, std::span<const std::string> known);

// `no board "nno"; did you mean "nano"? (there are: nano, tx2)`.
std::string unknown_name(std::string_view kind, std::string_view name,
                         std::span<const std::string> known);

// "a, b, c".
std::string join_names(std::span<const std::string> names);

}  // namespace flyball
