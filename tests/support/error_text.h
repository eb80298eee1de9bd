// What an error says, for tests that check messages to the letter.
#pragma once

#include <exception>
#include <string>

namespace flyball {

// The what() of the exception that `call` throws; "no error" when it throws none.
template <typename Call>
std::string error_text(Call&& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace flyball
