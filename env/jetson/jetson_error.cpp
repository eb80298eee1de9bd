#include "env/jetson/jetson_error.h"

#include <string>

namespace flyball {

namespace {

class JetsonCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "jetson"; }
  std::string message(int code) const override {
    const char* const text = text_of(static_cast<JetsonError>(code));
    return *text != '\0' ? text : "unknown error " + std::to_string(code);
  }
};

}  // namespace

const char* text_of(JetsonError error) noexcept {
  switch (error) {
    case JetsonError::kMalformed: return "a board file holds an unexpected text";
    case JetsonError::kNotTaken: return "a value was written but another one reads back";
    case JetsonError::kNotExpressible: return "this control can be pinned or left free, no range";
    case JetsonError::kIncomplete: return "a line that must be there is missing";
    case JetsonError::kStale: return "the application has not written it for too long";
    case JetsonError::kNotRegular: return "it is not a regular file";
    case JetsonError::kNotOwned: return "it is not the application's own file";
    case JetsonError::kEnded: return "the program that wrote it has ended";
    case JetsonError::kOtherVersion: return "it is a link of another version of flyball.h";
    case JetsonError::kNotVerified:
      return "the value to put back was written, but it cannot be read back";
  }
  return "";
}

const std::error_category& jetson_category() noexcept {
  static const JetsonCategory category;
  return category;
}

std::error_code make_error_code(JetsonError error) noexcept {
  return {static_cast<int>(error), jetson_category()};
}

}  // namespace flyball
