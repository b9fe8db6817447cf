#include "parameters.hpp"

namespace engine {

namespace {

// Where the next `count` numbers begin, after the `before` numbers so far.
size_t take(size_t& before, size_t count) {
    before += count;
    return before - count;
}

size_t normalised_channels(const Layout& layout) {
    return layout.normalised() ? layout.spec().channels : 0;
}

}  // namespace

Parameters::Parameters(const std::vector<Layout>& layouts) {
    size_t count = 0;
    for (const Layout& layout : layouts) {
        filters_.push_back(take(count, layout.filters().count()));
        scales_.push_back(take(count, normalised_channels(layout)));
        shifts_.push_back(take(count, normalised_channels(layout)));
    }
    all_.resize(count);
}

AllRunningStatistics::AllRunningStatistics(const std::vector<Layout>& layouts) {
    size_t count = 0;
    for (const Layout& layout : layouts) {
        means_.push_back(take(count, normalised_channels(layout)));
        variances_.push_back(take(count, normalised_channels(layout)));
    }
    all_.resize(count);
}

}  // namespace engine
