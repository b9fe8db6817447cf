#include "seeds.hpp"

#include <algorithm>
#include <stdexcept>

#include "fastest.hpp"

namespace engine::cuda {

namespace {

constexpr size_t kMostLaunches = 20000;  // of a graph

}  // namespace

Seeds::Seeds(const Group& group, std::shared_ptr<Device> device, std::optional<int> streams)
    : device_(std::move(device)),
      memory_(group),
      addresses_(device_->take(memory_.regions())),
      launches_(memory_, addresses_, device_->room()) {
    put_constants();
    streams_ = streams ? *streams : find_fastest();
}

void Seeds::put_constants() {
    std::vector<Step> steps;
    for (int step = 0; step < group().steps; ++step)
        steps.push_back({step * group().batch, count_of(step)});
    const std::vector<int> source = memory_.source(), parameter_of = memory_.parameter_of();
    put("steps", steps.data(), steps.size() * sizeof(Step));
    put("source", source.data(), source.size() * sizeof(int));
    put("parameter of", parameter_of.data(), parameter_of.size() * sizeof(int));
}

// What it trains on does not matter, so that nothing has to be there yet.
int Seeds::find_fastest() {
    if (!device_->runs_side_by_side() || group().seeds == 1) return 1;
    const int found = fastest(*device_, launches_, group(), [this] { restart(); });
    for (RegionNumber region = 0; region < addresses_.size(); ++region)
        if (addresses_[region]) device_->clear(addresses_[region], memory_.regions()[region].bytes);
    put_constants();
    return found;
}

RegionNumber Seeds::find(const std::string& region) const {
    const std::vector<Region>& regions = memory_.regions();
    for (RegionNumber number = 0; number < regions.size(); ++number)
        if (regions[number].name == region) return number;
    throw std::invalid_argument("there is no region " + region);
}

size_t Seeds::offset(RegionNumber region, int seed) const {
    if (seed < 0 || seed >= group().seeds) throw std::invalid_argument("there is no such seed");
    return seed * (memory_.regions()[region].bytes / group().seeds);
}

unsigned char* Seeds::address(RegionNumber region, size_t offset) const {
    return static_cast<unsigned char*>(addresses_[region]) + offset;
}

size_t Seeds::bytes_each(const std::string& region) const {
    return memory_.regions()[find(region)].bytes / group().seeds;
}

void Seeds::put(const std::string& region, const void* from, size_t bytes) {
    const RegionNumber number = find(region);
    if (bytes != memory_.regions()[number].bytes)
        throw std::invalid_argument(region + ": has another size");
    put(number, 0, from, bytes);
}

void Seeds::put(const std::string& region, int seed, const void* from, size_t bytes) {
    if (bytes != bytes_each(region)) throw std::invalid_argument(region + ": has another size");
    const RegionNumber number = find(region);
    put(number, offset(number, seed), from, bytes);
}

void Seeds::put(RegionNumber region, size_t offset, const void* from, size_t bytes) {
    if (!bytes) return;
    for (const Given& given : memory_.given())
        if (given.place == region)
            return device_->upload_beside(address(given.next, offset), from, bytes);
    device_->upload(address(region, offset), from, bytes);
}

void Seeds::get(const std::string& region, int seed, void* to) {
    const size_t bytes = bytes_each(region);
    const RegionNumber number = find(region);
    if (bytes) device_->download(to, address(number, offset(number, seed)), bytes);
}

void Seeds::set_rule(int seed, const Rule& rule) { put("rules", seed, &rule, sizeof rule); }

void Seeds::begin() { device_->run(launches_.begin()); }

int Seeds::count_of(int step) const {
    return std::min(group().batch, group().places - step * group().batch);
}

void Seeds::take_given() {
    for (const Given& given : memory_.given())
        if (const size_t bytes = memory_.regions()[given.place].bytes)
            device_->copy(addresses_[given.place], addresses_[given.next], bytes);
    device_->wait();
}

// The clock of all seeds goes back to the first step.
void Seeds::restart() {
    const std::vector<int> now(group().seeds);
    device_->upload(addresses_[memory_.now], now.data(), now.size() * sizeof(int));
}

std::shared_ptr<const Recorded> Seeds::record(const Launched& launched) const {
    try {
        return device_->record(in_streams(launched, group().seeds, streams_));
    } catch (const TooLittleMemory&) {  // for the graph
        return device_->record(in_streams(launched, group().seeds, 1));
    }
}

std::shared_ptr<const Recorded> Seeds::record_steps(int first, int last) const {
    Launched launched;
    for (int step = first; step < last; ++step)
        for (Launch& launch : launches_.step(count_of(step))) launched.push_back(std::move(launch));
    return record(launched);
}

void Seeds::record_epoch() {
    const int steps = group().steps, each = steps_of_graph();
    const int begin_of_last = (steps - 1) / each * each;
    if (begin_of_last > 0) steps_ = record_steps(0, each);
    last_steps_ = record_steps(begin_of_last, steps);
    steps_each_ = each;
}

void Seeds::train_epoch() {
    if (!last_steps_) record_epoch();
    restart();
    device_->run(launches_.draw_masks(0));
    for (int step = 0; step < group().steps; step += steps_each_) {
        const Recorded& steps = step + steps_each_ < group().steps ? *steps_ : *last_steps_;
        const int ahead = group().steps_ahead;
        device_->run(steps, step % ahead ? Launched{} : launches_.draw_masks(step + ahead));
    }
}

// As many as masks are drawn for at once, or a half, a quarter and so on of them.
int Seeds::steps_of_graph() const {
    const size_t one = launches_.step(group().batch).size() * std::min(streams_, group().seeds);
    int steps = group().steps_ahead;
    while (steps % 2 == 0 && steps * one > kMostLaunches) steps /= 2;
    return steps;
}

void Seeds::train_step(int count) {
    if (count < 1 || count > group().batch)
        throw std::invalid_argument("the batch is empty or larger than declared");
    const Step step = {0, count};
    device_->upload(addresses_[memory_.steps], &step, sizeof step);
    restart();
    device_->run(launches_.draw_masks(0));
    device_->run(launches_.step(count));
}

void Seeds::evaluate() {
    if (!evaluation_) evaluation_ = record(launches_.evaluation(group().test_images));
    device_->run(*evaluation_);
}

size_t bytes_of(const Group& group) { return Memory(group).bytes(); }

}  // namespace engine::cuda
