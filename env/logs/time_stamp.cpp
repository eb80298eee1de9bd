#include "env/logs/time_stamp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

namespace flyball {

namespace {

constexpr int kLeapYear = 1972;  // stands in for the year that a stamp does not tell

struct Date {
  int year = kLeapYear;
  unsigned month = 1;
  unsigned day = 1;
};

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  std::string_view rest() const { return text_.substr(at_); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool accept(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  bool accept_one_of(std::string_view characters) {
    if (at_ >= text_.size() || characters.find(peek()) == std::string_view::npos) return false;
    ++at_;
    return true;
  }
  bool spaces() {
    const std::size_t begin = at_;
    while (accept(' ')) {
    }
    return at_ > begin;
  }
  bool is_digit() const { return peek() >= '0' && peek() <= '9'; }
  // A run of `least` to `most` digits.
  std::optional<unsigned> digits(std::size_t least, std::size_t most) {
    const std::size_t begin = at_;
    while (is_digit() && at_ - begin < most) ++at_;
    unsigned value = 0;
    if (at_ - begin < least || is_digit()) return std::nullopt;
    std::from_chars(text_.data() + begin, text_.data() + at_, value);
    return value;
  }
  std::string_view word() {
    const std::size_t begin = at_;
    while ((peek() | 0x20) >= 'a' && (peek() | 0x20) <= 'z') ++at_;
    return text_.substr(begin, at_ - begin);
  }
  // ".25" or ",25" as a number below 1.
  std::optional<double> fraction() {
    if (peek() != '.' && peek() != ',') return std::nullopt;
    const std::size_t begin = at_++;
    double value = 0.0;
    double unit = 0.1;
    for (; is_digit(); ++at_, unit /= 10.0) value += unit * (peek() - '0');
    if (at_ > begin + 1) return value;
    at_ = begin;
    return std::nullopt;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

std::optional<double> days_of(const Date& date) {
  const std::chrono::year_month_day ymd{std::chrono::year{date.year},
                                        std::chrono::month{date.month}, std::chrono::day{date.day}};
  if (!ymd.ok() || date.year < 1970) return std::nullopt;
  return static_cast<double>(std::chrono::sys_days(ymd).time_since_epoch().count()) * 86400.0;
}

// "06:48:15", "06:48:15.250", "6:48:15 PM".
std::optional<TimeStamp> time_of_day(Cursor& cursor) {
  const auto hours = cursor.digits(1, 2);
  if (!hours || *hours > 23 || !cursor.accept(':')) return std::nullopt;
  const auto minutes = cursor.digits(2, 2);
  if (!minutes || *minutes > 59 || !cursor.accept(':')) return std::nullopt;
  const auto seconds = cursor.digits(2, 2);
  if (!seconds || *seconds > 60) return std::nullopt;
  TimeStamp stamp{StampKind::kTimeOfDay, *hours * 3600.0 + *minutes * 60.0 + *seconds, false};
  if (const auto fraction = cursor.fraction()) {
    stamp.seconds += *fraction;
    stamp.has_fraction = true;
  }
  Cursor ahead = cursor;
  ahead.spaces();
  const std::string_view half = ahead.word();
  if (half != "AM" && half != "PM") return stamp;
  cursor = ahead;
  if (*hours < 1 || *hours > 12) return std::nullopt;
  stamp.seconds += (half == "PM" ? 43200.0 : 0.0) - (*hours == 12 ? 43200.0 : 0.0);
  return stamp;
}

// "06-48-15", as in names of files; leaves the cursor where none stands there.
std::optional<TimeStamp> dashed_time(Cursor& cursor) {
  Cursor ahead = cursor;
  const auto hours = ahead.digits(2, 2);
  if (!hours || *hours > 23 || !ahead.accept('-')) return std::nullopt;
  const auto minutes = ahead.digits(2, 2);
  if (!minutes || *minutes > 59 || !ahead.accept('-')) return std::nullopt;
  const auto seconds = ahead.digits(2, 2);
  if (!seconds || *seconds > 60) return std::nullopt;
  cursor = ahead;
  return TimeStamp{StampKind::kTimeOfDay, *hours * 3600.0 + *minutes * 60.0 + *seconds, false};
}

// "Z", " UTC", "+0100", " -08:00": seconds east; absent where none stands there.
std::optional<double> zone(Cursor& cursor) {
  Cursor ahead = cursor;
  ahead.spaces();
  const bool is_west = ahead.peek() == '-';
  std::optional<double> east;
  if (ahead.accept_one_of("+-")) {
    const auto hours = ahead.digits(2, 4);
    if (!hours) return std::nullopt;
    unsigned minutes = 0;
    if (ahead.accept(':')) {
      minutes = ahead.digits(2, 2).value_or(99);
    } else if (*hours > 99) {
      minutes = *hours % 100;
    }
    const unsigned whole = *hours > 99 ? *hours / 100 : *hours;
    if (whole > 14 || minutes > 59) return std::nullopt;
    east = (is_west ? -1.0 : 1.0) * (whole * 3600.0 + minutes * 60.0);
  } else {
    const std::string_view name = ahead.word();
    if (name == "Z" || name == "UTC" || name == "GMT") east = 0.0;
  }
  if (east) cursor = ahead;
  return east;
}

std::optional<TimeStamp> with_date(TimeStamp stamp, const Date& date, StampKind kind,
                                   std::optional<double> east) {
  const auto days = days_of(date);
  if (!days) return std::nullopt;
  stamp.seconds += *days - east.value_or(0.0);
  stamp.kind = east && kind == StampKind::kLocal ? StampKind::kUtc : kind;
  return stamp;
}

// Three numbers of a date, a time and perhaps a zone. With the year last and both others below 13
// the month is first, as tegrastats writes it, but with points the day.
std::optional<TimeStamp> numeric_date(Cursor& cursor) {
  const auto first = cursor.digits(1, 4);
  const char separator = cursor.peek();
  if (!first || !cursor.accept_one_of("-/.")) return std::nullopt;
  const auto second = cursor.digits(1, 2);
  if (!second || !cursor.accept(separator)) return std::nullopt;
  const auto third = cursor.digits(1, 4);
  if (!third) return std::nullopt;
  cursor.accept(',');
  if (!cursor.accept_one_of("T _")) return std::nullopt;
  cursor.spaces();
  auto time = dashed_time(cursor);
  if (!time) time = time_of_day(cursor);
  if (!time) return std::nullopt;
  const auto east = zone(cursor);
  if (*first >= 1000) {
    return with_date(*time, {static_cast<int>(*first), *second, *third}, StampKind::kLocal, east);
  }
  const auto year = static_cast<int>(*third);
  auto stamp = with_date(*time, {year, *first, *second}, StampKind::kLocal, east);
  auto other = with_date(*time, {year, *second, *first}, StampKind::kLocal, east);
  if (stamp) stamp->order = DateOrder::kMonthFirst;
  if (other) other->order = DateOrder::kDayFirst;
  if (!stamp || (separator == '.' && other)) std::swap(stamp, other);
  if (!stamp) return std::nullopt;
  if (other) stamp->swapped_seconds = other->seconds;
  stamp->date_separator = separator;
  return stamp;
}

// "000320.5"
std::optional<TimeStamp> compact_time(Cursor& cursor) {
  const auto clock = cursor.digits(6, 6);
  if (!clock) return std::nullopt;
  const unsigned hours = *clock / 10000;
  const unsigned minutes = *clock / 100 % 100;
  const unsigned seconds = *clock % 100;
  if (hours > 23 || minutes > 59 || seconds > 60) return std::nullopt;
  TimeStamp stamp{StampKind::kLocal, hours * 3600.0 + minutes * 60.0 + seconds, false};
  if (const auto fraction = cursor.fraction()) {
    stamp.seconds += *fraction;
    stamp.has_fraction = true;
  }
  return stamp;
}

// "20210127T000320Z", "20210127_000320.5", "20210127 00:03:20".
std::optional<TimeStamp> compact_date(Cursor& cursor) {
  const auto day = cursor.digits(8, 8);
  if (!day || !cursor.accept_one_of("T_- ")) return std::nullopt;
  Cursor ahead = cursor;
  auto stamp = compact_time(ahead);
  if (!stamp) {
    ahead = cursor;
    stamp = time_of_day(ahead);
  }
  if (!stamp) return std::nullopt;
  cursor = ahead;
  const Date date{static_cast<int>(*day / 10000), *day / 100 % 100, *day % 100};
  return with_date(*stamp, date, StampKind::kLocal, zone(cursor));
}

std::optional<unsigned> month_named(std::string_view name) {
  constexpr std::array<std::string_view, 12> kNames = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name.starts_with(kNames[i])) return static_cast<unsigned>(i + 1);
  }
  return std::nullopt;
}

// What `date`, syslog and ts write.
std::optional<TimeStamp> named_date(Cursor& cursor) {
  Date date;
  Cursor ahead = cursor;
  const std::string_view weekday = ahead.word();
  if (weekday.size() >= 3 && !month_named(weekday)) {
    cursor = ahead;
    cursor.accept(',');
    if (!cursor.spaces()) return std::nullopt;
  }
  std::optional<unsigned> day;
  if (cursor.is_digit()) {
    day = cursor.digits(1, 2);
    if (!cursor.accept_one_of(" -./")) return std::nullopt;
    cursor.spaces();
  }
  const auto month = month_named(cursor.word());
  if (!month) return std::nullopt;
  cursor.accept_one_of("-/");
  cursor.spaces();
  if (!day) {
    day = cursor.digits(1, 2);
    cursor.accept(',');
    if (!cursor.spaces()) return std::nullopt;
  }
  if (!day) return std::nullopt;
  date.month = *month;
  date.day = *day;
  bool has_year = false;
  ahead = cursor;
  if (const auto year = ahead.digits(4, 4)) {
    date.year = static_cast<int>(*year);
    has_year = true;
    cursor = ahead;
    if (!cursor.accept(':') && !cursor.spaces()) return std::nullopt;
  }
  const auto time = time_of_day(cursor);
  if (!time) return std::nullopt;
  const auto east = zone(cursor);
  ahead = cursor;
  ahead.spaces();
  if (const auto year = ahead.digits(4, 4); !has_year && year && *year >= 1970) {
    date.year = static_cast<int>(*year);
    has_year = true;
    cursor = ahead;
  }
  return with_date(*time, date, has_year ? StampKind::kLocal : StampKind::kYearless, east);
}

std::optional<TimeStamp> number(Cursor& cursor) {
  const std::string_view rest = cursor.rest();
  std::size_t length = 0;
  while (length < rest.size() && (cursor.is_digit() || cursor.peek() == '.')) {
    cursor.accept(cursor.peek());
    ++length;
  }
  double value = 0.0;
  const auto parsed = std::from_chars(rest.data(), rest.data() + length, value);
  if (length == 0 || parsed.ec != std::errc() || parsed.ptr != rest.data() + length) {
    return std::nullopt;
  }
  double unit = 1.0;  // epochs of our time in s, ms, us and ns lie some powers of 1000 apart
  for (const double least :
       {kLeastEpochSeconds * 1e3, kLeastEpochSeconds * 1e6, kLeastEpochSeconds * 1e9}) {
    if (value >= least) unit *= 1e-3;
  }
  if (value > kLeastEpochSeconds * 1e12) return std::nullopt;
  const bool has_fraction = unit < 1.0 || std::floor(value) != value ||
                            rest.substr(0, length).find('.') != std::string_view::npos;
  return TimeStamp{value * unit >= kLeastEpochSeconds ? StampKind::kUtc : StampKind::kRelative,
                   value * unit, has_fraction};
}

// How often stamps go back in that order, and how much time they span.
std::pair<std::size_t, double> course_of(std::span<const TimeStamp> stamps, DateOrder order) {
  std::size_t back = 0;
  std::optional<double> least, most, last;
  for (const TimeStamp& stamp : stamps) {
    if (stamp.order == DateOrder::kNone) continue;
    const double seconds = in_order(stamp, order).seconds;
    back += last && seconds < *last ? 1 : 0;
    least = std::min(least.value_or(seconds), seconds);
    most = std::max(most.value_or(seconds), seconds);
    last = seconds;
  }
  return {back, most.value_or(0.0) - least.value_or(0.0)};
}

bool at_end_of_word(std::string_view rest) {
  if (rest.starts_with(':')) rest.remove_prefix(1);
  return rest.empty() ||
         std::string_view(" \t\r])\"'>,;|").find(rest.front()) != std::string_view::npos;
}

std::optional<TimeStamp> any_stamp(Cursor& cursor) {
  for (const auto form : {numeric_date, compact_date, named_date, time_of_day, number}) {
    Cursor ahead = cursor;
    const auto stamp = form(ahead);
    if (!stamp || !at_end_of_word(ahead.rest())) continue;
    cursor = ahead;
    return stamp;
  }
  return std::nullopt;
}

}  // namespace

std::optional<TimeStamp> take_time_stamp(std::string_view& text) {
  Cursor cursor(text);
  const char open = cursor.peek();
  const bool is_bracketed = cursor.accept_one_of("[<");
  if (is_bracketed) cursor.spaces();
  const auto stamp = any_stamp(cursor);
  if (!stamp) return std::nullopt;
  if (is_bracketed && !cursor.accept(open == '[' ? ']' : '>')) return std::nullopt;
  // syslog puts a priority so.
  if (is_bracketed && open == '<' && stamp->kind == StampKind::kRelative) return std::nullopt;
  text = cursor.rest();
  return stamp;
}

std::optional<TimeStamp> find_time_stamp(std::string_view text) {
  constexpr std::size_t kFewestOfDate = 8;  // digits
  bool is_after_number = false;             // a date that is none, before a time of day
  std::optional<TimeStamp> number;          // at the front, perhaps that of the line
  for (std::size_t at = 0; at < text.size();) {
    std::string_view rest = text.substr(at);
    const auto stamp = take_time_stamp(rest);
    const bool is_vague = stamp && (stamp->kind == StampKind::kRelative ||
                                    (stamp->kind == StampKind::kTimeOfDay && is_after_number));
    const std::size_t taken = text.size() - rest.size();
    if (stamp && at == 0 && stamp->kind == StampKind::kRelative && !stamp->has_fraction &&
        taken < kFewestOfDate) {
      number = stamp;
      at = taken;
      continue;
    }
    if (stamp && (at == 0 || !is_vague)) return stamp;
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (at == 0 && digits > 0 && text.substr(digits).starts_with(':')) {  // as grep -n writes
      at = digits + 1;
      continue;
    }
    const std::size_t end = std::min(text.find_first_of(" \t[(\"'=|,;>", at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (!word.empty()) is_after_number = word.find_first_not_of("0123456789-/.") == word.npos;
    at = end + 1;
  }
  return number;
}

TimeStamp in_order(TimeStamp stamp, DateOrder order) {
  if (order == DateOrder::kNone || stamp.order == order || !stamp.swapped_seconds) return stamp;
  std::swap(stamp.seconds, *stamp.swapped_seconds);
  stamp.order = order;
  return stamp;
}

DateOrderChoice choose_date_order(std::span<const TimeStamp> stamps) {
  bool fits_month_first = true;
  bool fits_day_first = true;
  bool has_slashes = false;
  bool is_one_date = true;  // the same in both orders, as 05/05
  DateOrder read = DateOrder::kNone;
  for (const TimeStamp& stamp : stamps) {
    if (stamp.order == DateOrder::kNone) continue;
    if (read == DateOrder::kNone) read = stamp.order;
    has_slashes = has_slashes || stamp.date_separator == '/';
    if (stamp.swapped_seconds) {
      is_one_date = is_one_date && *stamp.swapped_seconds == stamp.seconds;
      continue;
    }
    fits_month_first = fits_month_first && stamp.order == DateOrder::kMonthFirst;
    fits_day_first = fits_day_first && stamp.order == DateOrder::kDayFirst;
  }
  if (read == DateOrder::kNone) return {};
  if (!fits_month_first && !fits_day_first) {
    return {DateOrder::kNone,
            "some dates have the month first and some the day: those that can be both are read as "
            "the month first"};
  }
  if (fits_month_first != fits_day_first) {
    return {fits_month_first ? DateOrder::kMonthFirst : DateOrder::kDayFirst, {}};
  }
  const DateOrder other =
      read == DateOrder::kMonthFirst ? DateOrder::kDayFirst : DateOrder::kMonthFirst;
  const auto [back, seconds] = course_of(stamps, read);
  const auto [other_back, other_seconds] = course_of(stamps, other);
  // Half the time is no accident; a little less is, where a clock was set by years.
  const bool is_shorter = other_back == back && other_seconds < 0.5 * seconds;
  const DateOrder order = other_back < back || is_shorter ? other : read;
  const bool is_vague = !is_one_date && (has_slashes || order != read);
  if (!is_vague) return {order, {}};
  return {order, fmt::format("no date tells which number is the month: the {} is taken to be first",
                             order == DateOrder::kMonthFirst ? "month" : "day")};
}

std::optional<TimeStamp> parse_time_stamp(std::string_view text) {
  const auto stamp = take_time_stamp(text);
  return text.empty() ? stamp : std::nullopt;
}

}  // namespace flyball
