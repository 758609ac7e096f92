import { applyDecorators, SetMetadata } from '@nestjs/common';

export const ACCESS = 'access';

/** Anybody may call it. Every route declares its access; a test lists those that are public. */
export const Public = (): MethodDecorator & ClassDecorator => applyDecorators(SetMetadata(ACCESS, 'public'));
