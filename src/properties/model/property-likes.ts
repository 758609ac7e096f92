export interface LikesOfProperty {
  count: number;
  likedByMe: boolean | null;
}

/** Counts likes for the answers of this feature. src/likes implements it. */
export abstract class PropertyLikes {
  /** @param userId the caller; null when anonymous, and then `likedByMe` is null */
  abstract of(
    propertyIds: readonly number[],
    userId: number | null,
  ): Promise<(propertyId: number) => LikesOfProperty>;
}
