// To come.

export function mount() {}
